# shellcheck shell=bash
# section TITLE: a heading with the time since the start.
section() {
  printf '\n=== %s (%d:%02d)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60))
}
