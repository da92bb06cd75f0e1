# awk -f .ci/links.awk FILE.md... : names every link to a file or a heading of this repository that is not there.
function folder(path) { return sub(/\/[^\/]*$/, "", path) ? path : "." }
function exists(path) {
  if (!(path in there)) there[path] = system("test -e \"" path "\"") == 0
  return there[path]
}
# a/./b, a/../b
function clean(path,    n, parts, i, out, depth, kept) {
  n = split(path, parts, "/")
  depth = 0
  for (i = 1; i <= n; i++) {
    if (parts[i] == "." || parts[i] == "") continue
    if (parts[i] == ".." && depth > 0 && kept[depth] != "..") { depth--; continue }
    kept[++depth] = parts[i]
  }
  out = depth ? kept[1] : "."
  for (i = 2; i <= depth; i++) out = out "/" kept[i]
  return out
}
# How forges name a heading.
function slug(text) {
  gsub(/\[|\]\([^)]*\)/, "", text)
  text = tolower(text)
  gsub(/[^a-z0-9 _-]/, "", text)
  gsub(/ /, "-", text)
  return text
}
function read_headings(path,    line, fenced, name) {
  if (path in read) return
  read[path] = 1
  while ((getline line < path) > 0) {
    if (line ~ /^```/) fenced = !fenced
    if (fenced || line !~ /^#+ /) continue
    sub(/^#+ +/, "", line)
    name = slug(line)
    if ((path, name) in heading) name = name "-" ++again[path, name]
    heading[path, name] = 1
  }
  close(path)
}
FNR == 1 { fenced = 0 }
/^ *```/ { fenced = !fenced }
fenced { next }
{
  line = $0
  gsub(/`[^`]*`/, "", line)
  while (match(line, /\]\([^) ]+\)/)) {
    target = substr(line, RSTART + 2, RLENGTH - 3)
    line = substr(line, RSTART + RLENGTH)
    if (target ~ /^[a-z]+:/) continue
    anchor = ""
    if (at = index(target, "#")) { anchor = substr(target, at + 1); target = substr(target, 1, at - 1) }
    path = target == "" ? FILENAME : clean(folder(FILENAME) "/" target)
    if (!exists(path)) { print FILENAME ":" FNR ": there is no " path; bad = 1; continue }
    if (anchor == "") continue
    read_headings(path)
    if (!((path, anchor) in heading)) { print FILENAME ":" FNR ": " path " has no heading #" anchor; bad = 1 }
  }
}
END { exit bad }
