# awk -f .ci/layers.awk .ci/layers.txt FILE... : names every include that the table does not allow.
function starts(text, prefix) { return substr(text, 1, length(prefix)) == prefix }
function below(path, folder) { return path == folder || starts(path, folder "/") }
function matches(path, glob,    pattern) {
  if (glob ~ /\/$/) return starts(path, glob)
  pattern = glob
  gsub(/[.+]/, "\\\\&", pattern)
  gsub(/\*/, "[^/]*", pattern)
  return path ~ ("^" pattern "$")
}
function complain(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; bad = 1 }

FILENAME == ARGV[1] {
  if ($1 == "may") { may[$2] = " "; for (i = 3; i <= NF; i++) may[$2] = may[$2] $i " " }
  else if ($1 == "only") { only[$2] = ""; for (i = 3; i <= NF; i++) only[$2] = only[$2] $i " " }
  else if ($0 !~ /^ *(#|$)/) complain("neither may nor only")
  next
}
!/^[ \t]*#[ \t]*include/ { next }
{
  match($0, /[<"][^>"]+[>"]/)
  name = substr($0, RSTART + 1, RLENGTH - 2)
  ours = substr($0, RSTART, 1) == "\""
  row = ""
  for (prefix in only) if (starts(name, prefix) && length(prefix) > length(row)) row = prefix
  if (row != "") {
    n = split(only[row], globs, " ")
    for (i = 1; i <= n; i++) if (matches(FILENAME, globs[i])) break
    if (i > n) complain("only " only[row] "may include " row "...")
    next
  }
  if (!ours) {
    if (name ~ /^(Poco|boost|valijson|yaml-cpp|cppunit|openssl)\// ) complain("no row of the table speaks of <" name ">")
    next
  }
  from = ""
  for (folder in may) if (below(FILENAME, folder) && length(folder) > length(from)) from = folder
  if (from == "") { complain("no row of the table speaks of this folder"); next }
  if (below(name, from)) next
  n = split(may[from], folders, " ")
  for (i = 1; i <= n; i++) if (below(name, folders[i])) break
  if (i > n) complain(from " may not include \"" name "\"")
}
END { exit bad }
