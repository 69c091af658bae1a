#!/usr/bin/env bash
# Copyright 2026 The Forecourt Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Installs the named Debian packages that are missing; does nothing, and needs
# no rights, when all are there:  hack/ensure-debian.sh PACKAGE…
set -euo pipefail

missing=()
for package in "$@"; do
  if [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
    missing+=("$package")
  fi
done
((${#missing[@]})) || exit 0

if ! command -v apt-get >/dev/null; then
  echo "Needed but not found: ${missing[*]} (Debian package names). Install them with this system's package manager." >&2
  exit 1
fi
if ((EUID != 0)); then
  echo "Needed but not installed: ${missing[*]}. Run as root, or first: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "Installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update >&2
apt-get -qq -y install --no-install-recommends "${missing[@]}" >&2
