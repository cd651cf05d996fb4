#!/bin/bash
# The guest agent in the initramfs: a host sees and helps a guest that does not find its root filesystem.
# Copy this directory to /usr/lib/dracut/modules.d and call: dracut --add qemu-guest-agent

check() {
    require_binaries qemu-ga || return 1
    # Only where it is asked for: whoever has the host's end of the channel may do all that the agent can.
    return 255
}

depends() {
    echo systemd
}

installkernel() {
    instmods virtio_console virtio_pci
}

install() {
    inst_multiple qemu-ga
    inst_rules 99-qemu-guest-agent.rules
    inst_multiple -o /etc/qemu/qemu-ga.conf
    inst_simple "$systemdsystemunitdir/qemu-guest-agent.service"
    # The unit must not wait for what only the real system has, and goes away when that is switched to.
    mkdir -p "$initdir$systemdsystemunitdir/qemu-guest-agent.service.d"
    printf '[Unit]\nDefaultDependencies=no\nConflicts=initrd-switch-root.target\nBefore=initrd-switch-root.target\nIgnoreOnIsolate=no\n' \
        >"$initdir$systemdsystemunitdir/qemu-guest-agent.service.d/initramfs.conf"
}
