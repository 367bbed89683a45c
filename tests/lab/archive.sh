# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Downloads packages from a Debian archive, for the lab, the demo, the package tests and the nested guests. All of them use
# acquire(). To be sourced by lib.sh.
#
# While a mirror is being synced, its index can name files that the mirror does not have yet. The same release is often
# complete under its other name ("stable" for "trixie"), in an earlier state. So acquire() downloads a set of packages as a
# whole, from one state of a release, into a folder that apt can use as an archive. Later steps use only that folder. If a
# file is missing, acquire() tries the next state: the release by its other name, then older versions in the same index,
# then the next of the suites. Each of these is a detour. It is reported when it is taken, and again by detours().
#
# Environment:
#	DEBIAN_MIRROR	the archive to use; default: the one in this machine's apt configuration
#	DEBIAN_KEYRING	the keys that sign it; default: those of the package debian-archive-keyring
#	ARCHIVE_STRICT	1: a detour is a failure
#	ARCHIVE_TIMEOUT	seconds for which the server may be silent; default: 30

keyring=${DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

# If lists that are older than this name a missing file, they are read again.
export LAB_STARTED=${LAB_STARTED:-$EPOCHSECONDS}

# machine_archive: print the Debian archive in this machine's apt configuration; nothing before its lists were read
machine_archive() {
	# shellcheck disable=SC2016 # apt-get's to expand
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sed -n 1p
}

# mirror: print the Debian archive to use
mirror() {
	local uri=${DEBIAN_MIRROR:-}
	[ -n "$uri" ] || uri=$(machine_archive)
	if [ -z "$uri" ] && [ "$(id -u)" -eq 0 ]; then
		on_this_machine apt-get update || true
		uri=$(machine_archive)
	fi
	[ -n "$uri" ] || lab_failed "this machine's apt configuration names no Debian archive: run apt-get update, or set DEBIAN_MIRROR"
	printf '%s\n' "${uri%/}"
}

# apt's errors if the server does not answer
no_answer='([Cc]onnection (failed|timed out|refused)|Could not (connect|resolve)|Temporary failure)'

# state_of ARCHITECTURES NAMES: the folder with apt's state for these releases, whose names are joined by "+"
state_of() { printf '%s/apt/%s:%s\n' "$cache" "$2" "$1"; }

# with_apt STATE COMMAND...: run a command of apt with that state
with_apt() { LC_ALL=C APT_CONFIG=$1/apt.conf "${@:2}"; }

# index STATE: print the index of all packages in that state
index() {
	# shellcheck disable=SC2016 # apt-get's to expand
	with_apt "$1" apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' | xargs -r cat
}

# dated STATE: print the date of that state's index
dated() { date -u -d "$(cat "$1"/lists/*_InRelease | sed -n 's/^Date: //p' | tail -n 1)" '+%-d %B %Y'; }

# Exit statuses of read_lists
GONE=4		# the archive has no such release
UNREADABLE=5	# the archive perhaps has it, but its lists cannot be read
SILENT=6	# the server does not answer

# read_lists ARCHITECTURES NAMES [renew]: download the package lists of these releases. Existing lists are kept until "make
# update", or, with "renew", if this process or one of its parents has read them. The log of the state has the errors.
read_lists() {
	local state log archive name status
	state=$(state_of "$1" "$2") log=$(state_of "$1" "$2").log
	mkdir -p "$state"
	(
		flock 6
		# this process, or one of its parents, has already failed to read them
		[ "$(sed -n 1p "$state/failed" 2>/dev/null)" != "$LAB_STARTED" ] || exit "$(sed -n 2p "$state/failed")"
		# apt.conf has absolute paths: in a cache that was moved, they are those of its former place
		if [ -e "$state/stamp" ] && grep -qxF "Dir::State \"$state\";" "$state/apt.conf" &&
			{ [ -z "${3:-}" ] || [ "$(cat "$state/stamp")" -ge "$LAB_STARTED" ]; }; then
			exit 0
		fi
		archive=$(mirror) || exit 3
		mkdir -p "$state/lists/partial"
		rm -f "$state/stamp"
		: >"$state/status"
		# the machine's own configuration, for example its proxy, with these changes
		{ apt-config dump; cat; } >"$state/apt.conf" <<-CONF
			#clear APT::Update::Post-Invoke;
			#clear APT::Update::Post-Invoke-Success;
			#clear APT::Architectures;
			APT::Architecture "${1%%,*}";
			APT::Architectures { "${1//,/\"; \"}"; };
			APT::Install-Recommends "false";
			APT::Sandbox::User "root";
			Acquire::Check-Valid-Until "false";
			Acquire::GzipIndexes "false";
			Acquire::Languages "none";
			Acquire::Retries "1";
			Acquire::Retries::Delay "false";
			Acquire::http::Timeout "${ARCHIVE_TIMEOUT:-30}";
			Acquire::https::Timeout "${ARCHIVE_TIMEOUT:-30}";
			Debug::NoLocking "true";
			Dir::Cache "$state";
			Dir::Cache::pkgcache "pkgcache.bin";
			Dir::Cache::srcpkgcache "srcpkgcache.bin";
			Dir::Etc::main "/dev/null";
			Dir::Etc::parts "/dev/null";
			Dir::Etc::Preferences "$state/preferences";
			Dir::Etc::PreferencesParts "/dev/null";
			Dir::Etc::SourceList "$state/sources.list";
			Dir::Etc::SourceParts "/dev/null";
			Dir::State "$state";
			Dir::State::Status "$state/status";
		CONF
		for name in ${2//+/ }; do
			printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$archive" "$name"
		done >"$state/sources.list"
		if with_apt "$state" apt-get update -q --error-on=any >"$log" 2>&1; then
			printf '%s\n' "$EPOCHSECONDS" >"$state/stamp"
			exit 0
		fi
		status=$UNREADABLE
		if grep -qE "$no_answer" "$log"; then
			status=$SILENT
		elif grep -q 'does not have a Release file' "$log" && grep -q '^ *404 ' "$log"; then
			status=$GONE
		fi
		printf '%s\n' "$LAB_STARTED" $status >"$state/failed"
		exit $status
	) 6>"$state.lock"
}

# has_suite SUITE: whether the archive has that suite
has_suite() {
	local status=0
	read_lists "$(dpkg --print-architecture),ppc64el" "$1" || status=$?
	[ $status -ne $GONE ]
}

# names_of ARCHITECTURES SUITE: print the two names of that suite, or of those joined by "+", one per line: the given name,
# then the other one in its Release file. If a set has already come from the other name, that is the first.
names_of() {
	local name other others='' file
	for name in ${2//+/ }; do
		read_lists "$1" "$name" || true
		other=
		for file in "$(state_of "$1" "$name")"/lists/{,partial/}*_dists_"$name"_InRelease; do
			[ ! -e "$file" ] || [ -n "$other" ] ||
				other=$(sed -nE 's/^(Suite|Codename): //p' "$file" | grep -vxF "$name" | sed -n 1p)
		done
		others+=+${other:-$name}
	done
	others=${others#+}
	if [ "$others" = "$2" ]; then
		printf '%s\n' "$2"
	elif [ -e "$cache/archive/$2.by-other-name" ]; then
		printf '%s\n' "$others" "$2"
	else
		printf '%s\n' "$2" "$others"
	fi
}

# download ARCHITECTURES NAME FOLDER COMMAND: download the packages of apt-get COMMAND ("install ..." with dependencies,
# "download ..." without) into FOLDER. Returns 1 if the mirror lacks files, whose names are then in FOLDER.missing; 2 for
# another error of apt; 3 if the server does not answer. FOLDER.log has apt's messages.
download() {
	local state folder=$3 log=$3.log command apt_options
	state=$(state_of "$1" "$2")
	read -ra command <<<"$4"
	apt_options=(-y -q -o Dir::Etc::Preferences="$folder.preferences")
	rm -rf "$folder" "$folder.missing"
	mkdir -p "$folder/partial"
	with_apt "$state" apt-get "${command[@]}" "${apt_options[@]}" --print-uris >"$log" 2>&1 || return 2
	[ "${command[0]}" = download ] || apt_options+=(--download-only -o Dir::Cache::archives="$folder/")
	if (cd "$folder" && with_apt "$state" apt-get "${command[@]}" "${apt_options[@]}") >"$log" 2>&1; then
		rm -rf "$folder"/{partial,lock}
		return 0
	fi
	! grep -qE "^E: .*$no_answer" "$log" || return 3
	sed -nE 's,^E: Failed to fetch [^ ]*/([^ /]+\.deb) .*,\1,p' "$log" | sed 's/%2b/+/g; s/%7e/~/g' | sort -u >"$folder.missing"
	[ -s "$folder.missing" ] || return 2
	# The lists can be old: read them again, once.
	[ "$(cat "$state/stamp")" -lt "$LAB_STARTED" ] || return 1
	read_lists "$1" "$2" renew || return 2
	download "$@"
}

# lacks FOLDER NAME STATE: print in words which files download() found missing
lacks() {
	local first rest
	first=$(sed -n 1p "$1.missing")
	rest=$(($(wc -l <"$1.missing") - 1))
	[ "$rest" -eq 0 ] || first+=" and $rest more"
	printf 'the mirror lacks %s, which %s names in its index of %s\n' "$first" "$2" "$(dated "$3")"
}

# in_words NOTE...: print the notes in one line, each once
in_words() { printf '%s\n' "$@" | awk 'NF && !seen[$0]++ { printf "%s%s", separator, $0; separator = "; " } END { print "" }'; }

# account_for SET SUITE NAME DATE OLDER NOTE...: report and record the detour of this set, if it has taken one
account_for() {
	local set=$1 suite=$2 name=$3 date=$4 older=$5 sentence='' preferred
	preferred=$cache/archive/$suite.by-other-name
	shift 5
	if $older; then
		sentence="$set is an older version from $name of $date: $(in_words "$@")"
	elif [ "$name" != "$suite" ]; then
		[ -e "$preferred" ] ||
			printf '%s is read by its other name, %s, in its state of %s: %s\n' "$suite" "$name" \
				"$date" "$(in_words "$@")" >"$preferred"
		sentence=$(cat "$preferred")
	elif [ $# -gt 0 ]; then
		sentence="$set comes from $name of $date: $(in_words "$@")"
	fi
	[ -n "$sentence" ] || return 0
	[ "${ARCHIVE_STRICT:-}" != 1 ] || lab_failed "$sentence (ARCHIVE_STRICT=1 allows no detour)"
	detours | grep -qxF "$sentence" || say "detour: $sentence"
	printf '%s\n' "$sentence" >"$cache/archive/$set.detour"
}

# without FILE...: print apt preferences that exclude these versions
without() {
	local file package version
	for file; do
		IFS=_ read -r package version _ <<<"$file"
		version=${version/\%3a/:}
		printf 'Package: %s:*\nPin: version %s\nPin-Priority: -1\n\n' "$package" "$version"
	done
}

# make_index FOLDER STATE: write the index of the packages in that folder, so that apt can use it as an archive
make_index() {
	find "$1" -name '*.deb' -printf '%f\n' >"$1/files"
	index "$2" | awk -v files="$1/files" '
		BEGIN {
			while ((getline file < files) > 0)
				wanted[file] = 1
			RS = ""
			FS = "\n"
		}
		{
			for (i = 1; i <= NF; i++) {
				split($i, field, ": ")
				value[field[1]] = field[2]
			}
			# apt replaces the colon in file names
			gsub(/:/, "%3a", value["Version"])
			file = value["Package"] "_" value["Version"] "_" value["Architecture"] ".deb"
			if (!(file in wanted))
				next
			delete wanted[file]
			sub(/\nFilename: [^\n]*/, "\nFilename: ./" file)
			print $0 "\n"
		}' >"$1/Packages"
	[ "$(grep -c '^Package: ' "$1/Packages")" = "$(wc -l <"$1/files")" ] ||
		lab_failed "cannot make an archive of $1: the index lacks some of its packages"
	rm "$1/files"
}

# packages STATE ARGUMENT...: for CHOOSE of acquire(), print a fixed choice
packages() { printf '%s\n' "${*:2}"; }

# detours: print a sentence for each detour that was taken for the packages in the cache
detours() { find "$cache/archive" -maxdepth 1 -name '*.detour' -exec cat {} + | sort -u; }

# acquire SET ARCHITECTURES SUITES CHOOSE [ARGUMENT...]: download packages into $cache/archive/SET, from the first of these
# suites that has them, unless the set exists. SUITES are separated by spaces; suites joined by "+" are read together. The
# command CHOOSE STATE ARGUMENT... prints the arguments for apt-get, one line for each choice, the best first; it prints
# nothing if that state has no such packages. Afterwards SET/suite has the suite, and SET/choice the choice.
#
# Returns 1 if no suite has such packages; SET.none has the reason. If a suite has them but they cannot be downloaded, the
# lab has failed.
acquire() {
	local set=$1 architectures=$2 suites=$3
	shift 3
	local folder=$cache/archive/$set recipe suite name older state status choice choices names unfit=() notes=() fits=false
	local -A lost=()
	recipe=$(printf '%s\n' "$architectures" "$suites" "$@")
	mkdir -p "$cache/archive"
	if [ "$(cat "$folder/recipe" 2>/dev/null)" = "$recipe" ]; then
		[ "${ARCHIVE_STRICT:-}" != 1 ] || [ ! -e "$folder.detour" ] ||
			lab_failed "$(cat "$folder.detour") (ARCHIVE_STRICT=1 allows no detour)"
		return 0
	fi
	rm -rf "$folder" "$folder".{detour,none,preferences}

	for suite in $suites; do
		mapfile -t names < <(names_of "$architectures" "$suite")
		for older in false true; do
			for name in "${names[@]}"; do
				state=$(state_of "$architectures" "$name")
				status=0
				read_lists "$architectures" "$name" || status=$?
				case $status in
				0) ;;
				"$GONE") unfit+=("$name is not in the archive"); continue ;;
				"$UNREADABLE") notes+=("the lists of $name cannot be read: $(reason "$state.log")"); continue ;;
				"$SILENT") notes+=("the server does not answer: $(reason "$state.log")"); break 3 ;;
				*) exit 3 ;;
				esac
				mapfile -t choices < <("$1" "$state" "${@:2}")
				if [ ${#choices[@]} -eq 0 ]; then
					unfit+=("$name of $(dated "$state") has none")
					continue
				fi
				fits=true
				rm -f "$folder.preferences"
				if $older; then
					# Then the best choice twice, with preferences against the versions found missing so far.
					choices=("${choices[@]:1}" "${choices[0]}" "${choices[0]}")
				else
					choices=("${choices[0]}")
				fi
				for choice in "${choices[@]}"; do
					status=0
					# shellcheck disable=SC2086 # a list
					! $older || without ${lost[$name]:-} >"$folder.preferences"
					download "$architectures" "$name" "$folder" "$choice" || status=$?
					case $status in
					0)
						make_index "$folder" "$state"
						account_for "$set" "$suite" "$name" "$(dated "$state")" "$older" "${notes[@]}"
						printf '%s\n' "$suite" >"$folder/suite"
						printf '%s\n' "$choice" >"$folder/choice"
						printf '%s\n' "$recipe" >"$folder/recipe"
						return 0
						;;
					1)
						notes+=("$(lacks "$folder" "$name" "$state")")
						lost[$name]+=" $(paste -sd' ' "$folder.missing")"
						;;
					2) notes+=("$name: $(reason "$folder.log")") ;;
					*) notes+=("the server does not answer: $(reason "$folder.log")"); break 4 ;;
					esac
				done
			done
		done
	done
	if ! $fits && [ ${#notes[@]} -eq 0 ]; then
		in_words "${unfit[@]}" >"$folder.none"
		return 1
	fi
	# With a full disk, apt's message is about the connection.
	[ "$(df --output=avail -k "$cache" | tail -n 1)" -ge 1024 ] || lab_failed "cannot get $set: the disk of $cache is full: make room there"
	lab_failed "cannot get $set from $(mirror): $(in_words "${notes[@]}"). Try again later, or set DEBIAN_MIRROR to another mirror"
}

# unpack_set SET FOLDER ARCHITECTURES SUITES COMMAND...: acquire the packages of that command of apt-get, and unpack all
# into FOLDER, unless it exists. Returns 1 if no suite has such packages.
unpack_set() {
	local set=$1 folder=$2 deb
	[ ! -e "$folder" ] || return 0
	acquire "$set" "$3" "$4" packages "${@:5}" || return
	rm -rf "$folder.new"
	mkdir -p "${folder%/*}"
	for deb in "$cache/archive/$set"/*.deb; do
		dpkg-deb -x "$deb" "$folder.new" || lab_failed "cannot unpack ${deb##*/}: is the disk full?"
	done
	mv "$folder.new" "$folder"
}
