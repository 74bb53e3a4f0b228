#!/bin/sh
# Compiles RLtools' worker: build.sh OUT BLAS -DNAME=VALUE ..., where BLAS is OpenBLAS or MKL.
set -eu
out=$1 blas=$2
shift 2
cd "$(dirname "$0")"
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
case $blas in
OpenBLAS)
    set -- "$@" -DRL_TOOLS_BACKEND_ENABLE_OPENBLAS
    libraries=-lopenblas
    ;;
MKL)
    set -- "$@" -DRL_TOOLS_BACKEND_ENABLE_MKL -I.venv/include
    libraries="-L.venv/lib -Wl,-rpath,$PWD/.venv/lib -l:libmkl_intel_lp64.so.3
        -l:libmkl_sequential.so.3 -l:libmkl_core.so.3"
    ;;
esac
mkdir -p "$(dirname "$out")"
# shellcheck disable=SC2086 # Several words.
exec g++ -std=c++17 -Ofast -march=native "$@" -I"$site/rltools/external/rl_tools/include" \
    main.cpp -o "$out" $libraries
