#!/bin/bash
# Installs the peer (stable-baselines3 with gymnasium's MuJoCo tasks) into a virtual environment of its
# own, on demand: tests/bench/peers/install.sh [FOLDER]   (default: .deps/peers under the repository)
# PyTorch comes from Debian (python3-torch), everything else from PyPI, versions pinned below.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
venv=${1:-$root/.deps/peers}
if ! /usr/bin/python3 -c 'import torch' 2>/dev/null; then
  if [ "$(id -u)" != 0 ]; then
    echo "PyTorch is missing. Run: sudo apt-get install --no-install-recommends python3-torch" >&2
    exit 1
  fi
  apt-get update -q && apt-get install -qy --no-install-recommends python3-torch python3-venv
fi
[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv --system-site-packages "$venv"
"$venv/bin/python" -m pip install --quiet --no-deps \
  stable-baselines3==2.4.1 gymnasium==1.0.0 Farama-Notifications==0.0.4 cloudpickle==3.1.1
"$venv/bin/python" -m pip install --quiet mujoco==3.2.7 numpy==1.26.4 imageio==2.37.0 \
  typing_extensions matplotlib==3.8.4 pandas==2.2.3
"$venv/bin/python" - <<'PY'
import gymnasium, mujoco, numpy, stable_baselines3, torch
print(f"peer ready: stable-baselines3 {stable_baselines3.__version__}, torch {torch.__version__}, "
      f"gymnasium {gymnasium.__version__}, mujoco {mujoco.__version__}, numpy {numpy.__version__}")
PY
