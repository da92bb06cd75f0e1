# Builds the program from these sources on Debian 12 and keeps only what it needs to run.
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make build && strip build/release/countersign

FROM debian:12-slim
WORKDIR /usr/share/countersign
COPY packages.txt .
# What packages.txt lists for a ready program.
RUN apt-get update \
 && awk '!/^#/ { for (i = 2; i <= NF; i++) if ($i == "run") print $1 }' packages.txt | xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --home-dir /var/lib/countersign --create-home countersign
COPY mappings mappings
COPY connectors connectors
COPY workflows workflows
COPY schemas schemas
COPY --from=build /src/build/release/countersign /usr/bin/countersign
ENV COUNTERSIGN_HOME=/usr/share/countersign
USER countersign
WORKDIR /var/lib/countersign
EXPOSE 8080
ENTRYPOINT ["countersign"]
CMD ["serve", "-c", "/etc/countersign/countersign.yaml"]
