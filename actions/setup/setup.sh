#!/usr/bin/env bash
# Puts Slipway on PATH for the later steps: from a folder that has it already, or from a release that
# is downloaded, checked against a known checksum and kept by version. Wants curl, tar and sha256sum.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

escaped() { # for a workflow command
    local text=${1//'%'/%25}
    text=${text//$'\r'/%0D}
    printf '%s' "${text//$'\n'/%0A}"
}
stop() { # stop CODE MESSAGE
    printf '::error title=Slipway setup::%s\n' "$(escaped "$2")"
    exit "$1"
}
append() { # append FILE NAME VALUE: no value can forge another
    local end
    end=end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s<<%s\n%s\n%s\n' "$2" "$end" "$3" "$end" >>"$1"
}

export_environment() {
    local line name value
    while IFS= read -r line || [[ -n $line ]]; do
        line=${line%$'\r'}
        [[ -n $line ]] || continue
        name=${line%%=*}
        value=${line#*=}
        if [[ $line != *=* || ! $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then
            stop 2 "a line of environment is not NAME=value"
        fi
        # A shorter value would hide half of the log and protect nothing.
        ((${#value} < 4)) || printf '::add-mask::%s\n' "$(escaped "$value")"
        append "$GITHUB_ENV" "$name" "$value"
    done <<<"$SETUP_ENVIRONMENT"
}

known_checksum() { # known_checksum ARCHIVE
    local sum name
    while read -r sum name; do
        [[ $name != "$1" ]] || printf '%s' "$sum"
    done <"$here/SHA256SUMS"
}
newest_version() {
    local sum name newest=
    while read -r sum name; do
        [[ $sum == \#* || ! $name =~ ^slipway-(.+)-linux-[a-z0-9]+\.tar\.gz$ ]] || newest=${BASH_REMATCH[1]}
    done <"$here/SHA256SUMS"
    printf '%s' "$newest"
}
architecture() {
    case $(uname -m) in
        x86_64) echo x64 ;;
        aarch64) echo arm64 ;;
        *) stop 2 "there is no release for $(uname -m); build Slipway there and give its folder as bin" ;;
    esac
}

tools_in() { # tools_in FOLDER: where below it the tools are
    local folder
    for folder in "$1" "$1/bin" "$1"/slipway-* "$1"/slipway-*/bin; do
        if [[ -x $folder/slipway && ! -d $folder/slipway || -x $folder/deploy-run ]]; then
            printf '%s' "$folder"
            return
        fi
    done
}
link_tools() { # one executable for all of them, called by each one's name
    local action tool
    for action in "$here"/../*/action.yml; do
        tool=$(basename "$(dirname "$action")")
        [[ $tool == setup || -e $1/$tool || ! -e $1/slipway ]] || ln -s slipway "$1/$tool"
    done
}

install() { # install ARCHIVE CHECKSUM TARGET
    local url=$SETUP_BASE_URL
    url=${url:-${GITHUB_SERVER_URL:-https://github.com}/${SETUP_REPOSITORY:-$GITHUB_REPOSITORY}/releases/download/v$version}
    mkdir -p "$(dirname "$3")"
    # Beside the target, so that it appears whole or not at all.
    work=$(mktemp -d "$(dirname "$3")/.new-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    curl --fail --silent --show-error --location --proto '=https,http' --connect-timeout 20 --max-time 300 \
        --retry 3 --output "$work/archive" "${url%/}/$1" || stop 3 "cannot download ${url%/}/$1"
    if ! printf '%s  %s\n' "$2" "$work/archive" | sha256sum --check --status; then
        stop 4 "$1 of $url is not the file with the checksum $2; nothing was installed"
    fi
    mkdir "$work/tools"
    tar -xzf "$work/archive" -C "$work/tools" --no-same-owner || stop 4 "$1 cannot be unpacked"
    local found
    found=$(tools_in "$work/tools")
    [[ -n $found ]] || stop 4 "$1 has no tools in it"
    link_tools "$found"
    mv -T "$work/tools" "$3" 2>/dev/null || [[ -n $(tools_in "$3") ]] || stop 3 "cannot write $3"
}

find_or_install() {
    local arch archive sum
    arch=$(architecture)
    version=${SETUP_VERSION:-$(newest_version)}
    [[ -n $version ]] || stop 2 "this commit knows no release: give version and sha256, or the folder of the tools as bin"
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([.+-][A-Za-z0-9.]+)?$ ]] || stop 2 "version is not one, such as 1.2.3"
    archive=slipway-$version-linux-$arch.tar.gz
    sum=${SETUP_SHA256:-$(known_checksum "$archive")}
    [[ -n $sum ]] || stop 2 "no checksum is known for $archive: give sha256"
    [[ $sum =~ ^[0-9a-f]{64}$ ]] || stop 2 "sha256 is not 64 hexadecimal digits in lower case"
    local target=${RUNNER_TOOL_CACHE:-$HOME/.cache}/slipway/$version/$arch-$sum
    if [[ -z $(tools_in "$target") ]]; then
        install "$archive" "$sum" "$target"
    fi
    bin=$(tools_in "$target")
}

work=
bin=${SETUP_BIN:-${SLIPWAY_BIN:-}}
version=
if [[ -n $bin ]]; then
    [[ -x $bin/deploy-run ]] || stop 2 "$bin has no tools of Slipway in it"
    bin=$(cd "$bin" && pwd)
else
    find_or_install
fi
[[ $bin != *$'\n'* ]] || stop 2 "the folder of the tools has a line break in its name"
said=$("$bin/deploy-run" --version) || stop 3 "$bin/deploy-run does not run on this machine"
printf '%s is in %s\n' "$said" "$bin"
printf '%s\n' "$bin" >>"$GITHUB_PATH"
append "$GITHUB_ENV" SLIPWAY_BIN "$bin"
append "$GITHUB_OUTPUT" bin "$bin"
append "$GITHUB_OUTPUT" version "${said##* }"
[[ -z $SETUP_ENVIRONMENT ]] || export_environment
