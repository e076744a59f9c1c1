#!/bin/sh
# Packs real files, restores them, compares, and prints the ratio next to xz's.
# usage: demo.sh KOMPAKT PYTHON; KOMPAKT_RUN_PATH names other files than the standard library of PYTHON
set -eu

kompakt=$(realpath "$1")
python=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "${KOMPAKT_RUN_PATH:-}" ]; then
    files=$(realpath "$KOMPAKT_RUN_PATH")
else
    library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    files=$work/stdlib
    mkdir "$files"
    (cd "$library" && tar cf - --exclude=__pycache__ ./*.py asyncio email encodings http json xml) | tar xf - -C "$files"
fi

echo "packing $files"
"$kompakt" compress "$files" -o "$work/demo.kmp"
"$kompakt" decompress "$work/demo.kmp" -o "$work/restored"
diff -r --no-dereference "$files" "$work/restored/$(basename "$files")"
echo "restored files are identical"

"$kompakt" info "$work/demo.kmp"
if command -v xz >/dev/null && command -v tar >/dev/null; then
    raw=$(tar cf - -C "$(dirname "$files")" "$(basename "$files")" | wc -c)
    xz=$(tar cf - -C "$(dirname "$files")" "$(basename "$files")" | xz -9e | wc -c)
    awk "BEGIN { printf \"xz -9e of the same files as tar: %d bytes, ratio %.3f\\n\", $xz, $raw / $xz }"
fi
