#!/usr/bin/env bash
# Real phones against the server: baresip and SIPp, from their Debian packages, which are installed where they are missing.
# Arguments go to vitest: "npm run test:interop -- supervised-call" runs one file.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The program of each package, and the package.
declare -A packages=([baresip]=baresip-core [sipp]=sip-tester)

missing=()
for program in "${!packages[@]}"; do
  command -v "$program" >/dev/null || missing+=("${packages[$program]}")
done

if ((${#missing[@]} > 0)); then
  echo "installing ${missing[*]}"
  as_root=()
  if ((EUID != 0)); then as_root=(sudo -n); fi
  if ! { "${as_root[@]}" apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"; }; then
    echo "The interop tests need ${missing[*]}, and apt-get could not install them." >&2
    echo "On Debian or Ubuntu: sudo apt-get install baresip-core sip-tester" >&2
    exit 1
  fi
fi

# SIPp replays captured audio from a raw socket, which only root may open unless the program was given the right to.
if ((EUID != 0)) && ! { getcap "$(command -v sipp)" 2>/dev/null | grep -q cap_net_raw; }; then
  echo "SIPp may not send captured audio: run as root, or: sudo setcap cap_net_raw+ep $(command -v sipp)" >&2
  exit 1
fi

PATH="$PWD/node_modules/.bin:$PATH" exec vitest run --config vitest.interop.config.ts "$@"
