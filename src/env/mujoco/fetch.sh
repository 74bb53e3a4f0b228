#!/bin/sh
# Puts MuJoCo's library and licence and Gymnasium's models into .mujoco/ of the
# project, and nothing anywhere else. Does nothing if they are there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
requirements=$here/requirements.txt
folder=$(cd "$here/../../.." && pwd)/.mujoco

fail() {
    echo "make mujoco: $1" >&2
    exit 1
}

# The copy of the requirements is written last: it stands for a whole folder.
if cmp -s "$requirements" "$folder/complete"; then
    echo "MuJoCo 3.17.0 and the models of Gymnasium 1.4.0 are in .mujoco already."
    exit 0
fi
command -v python3 >/dev/null ||
    fail "needs python3 with pip to fetch MuJoCo, and there is no python3 (Debian: apt install python3-pip)"
python3 -m pip --version >/dev/null 2>&1 ||
    fail "needs pip to fetch MuJoCo, and this python3 has none (Debian: apt install python3-pip)"

rm -rf "$folder"
mkdir -p "$folder/fetched" "$folder/lib" "$folder/assets" "$folder/licences"
trap 'rm -rf "$folder/fetched"' EXIT
cd "$folder/fetched"
echo "Fetching MuJoCo 3.17.0 and the models of Gymnasium 1.4.0 from the Python package index ..."
# One Python version for all, so that there is one wheel a platform.
python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps \
    --only-binary=:all: --python-version 3.12 --require-hashes --requirement "$requirements" ||
    fail "pip could not fetch them, and says above why. There are wheels for Linux (x86-64, aarch64; glibc 2.28 or later) and macOS (arm64)."
for wheel in *.whl; do
    python3 -m zipfile -e "$wheel" . || fail "$wheel cannot be unpacked"
done
mv mujoco/libmujoco* "$folder/lib/"
mv gymnasium/envs/mujoco/assets/*.xml "$folder/assets/"
for package in mujoco gymnasium; do
    mkdir "$folder/licences/$package"
    mv $package-*.dist-info/licenses/* "$folder/licences/$package/"
done
# What the linker asks for.
cd "$folder/lib"
if [ -e libmujoco.so.3.17.0 ]; then
    ln -s libmujoco.so.3.17.0 libmujoco.so
else
    ln -s libmujoco.3.17.0.dylib libmujoco.dylib
fi
cp "$requirements" "$folder/complete"
echo "MuJoCo 3.17.0 and the models of Gymnasium 1.4.0 are in .mujoco: checksums as expected, licences in .mujoco/licences."
