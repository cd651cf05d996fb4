#!/bin/sh
# install.sh [--uninstall]: puts the guest agent and its host client below /usr/local, or takes them away again.
#
# The agent takes the place of a packaged one without touching its files: a unit in /etc/systemd/system, or an OpenRC
# script under a name of its own. After --uninstall the packaged one is in force again. Files in /etc/qemu are kept.
set -eu

prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}
list=$root$prefix/share/qga/installed
port=/dev/virtio-ports/org.qemu.guest_agent.0
unit=qemu-guest-agent.service
here=$(cd "$(dirname "$0")" && pwd)

# The machine that is running is told of changes, but not when files are laid for another one.
alive() {
	[ -z "$root" ] && [ -d /run/systemd/system ]
}

tell_systemd() {
	systemctl daemon-reload
	if [ -e "$port" ]; then
		systemctl restart "$unit" || true
	fi
	udevadm control --reload || true
	udevadm trigger --subsystem-match=virtio-ports || true
}

put() {
	mode=$1 from=$2 to=$3
	mkdir -p "$(dirname "$root$to")"
	# The unit and the scripts know the agent by its packaged path.
	case $to in
	*.service | */init.d/* | */rc.d/*) sed "s|/usr/sbin/qemu-ga|$prefix/sbin/qemu-ga|" "$from" >"$root$to" ;;
	*)
		# Renamed into place, as a program that runs cannot be written to.
		cp "$from" "$root$to.new"
		mv -f "$root$to.new" "$root$to"
		;;
	esac
	chmod "$mode" "$root$to"
	printf '%s\n' "$to" >>"$list.new"
}

put_all() {
	mode=$1 directory=$2
	(cd "$here/$directory" && find . -type f | LC_ALL=C sort) | while IFS= read -r file; do
		put "$mode" "$here/$directory/$file" "$prefix/$directory/${file#./}"
	done
}

install() {
	mkdir -p "$(dirname "$list")"
	: >"$list.new"
	put_all 755 sbin
	put_all 755 bin
	put_all 644 share
	put 755 "$here/share/qga-guest-agent/fsfreeze-hook" "$prefix/share/qga-guest-agent/fsfreeze-hook"
	if [ -d "$root/etc/systemd/system" ]; then
		put 644 "$here/systemd/$unit" "/etc/systemd/system/$unit"
		put 644 "$here/udev/99-qemu-guest-agent.rules" /etc/udev/rules.d/99-qemu-guest-agent.rules
	elif [ -x "$root/sbin/openrc-run" ] || [ -x "$root/usr/sbin/openrc-run" ]; then
		put 755 "$here/openrc/qemu-guest-agent" /etc/init.d/qga-guest-agent
		echo "start it with: rc-service qga-guest-agent start; at each boot: rc-update add qga-guest-agent"
	fi
	mv "$list.new" "$list"
	if alive; then
		tell_systemd
	fi
	echo "installed below $prefix; $0 --uninstall takes it away again"
}

uninstall() {
	[ -e "$list" ] || {
		echo "nothing is installed below $prefix" >&2
		exit 1
	}
	if alive && [ -e "/etc/systemd/system/$unit" ]; then
		systemctl stop "$unit" || true
	fi
	while IFS= read -r file; do
		rm -f "$root$file"
	done <"$list"
	rm -f "$list"
	rmdir "$(dirname "$list")" "$root$prefix/share/qga-guest-agent" 2>/dev/null || true
	if alive; then
		# A packaged agent, if there is one, takes over.
		tell_systemd
	fi
	echo "taken away; files in /etc/qemu are kept"
}

case ${1-} in
'') install ;;
--uninstall) uninstall ;;
*)
	echo "usage: $0 [--uninstall]" >&2
	exit 2
	;;
esac
