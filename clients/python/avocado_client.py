"""The guest agent client of Avocado-VT, which QEMU and libvirt are tested with."""

import base64
import sys
import time

from virttest import utils_logfile
from virttest.guest_agent import QemuAgent, VAgentCmdError, VAgentCmdNotSupportedError

socket, files = sys.argv[1:]


class Machine:
    """What the client wants to know of the virtual machine."""

    name = "guest"
    instance = "1"

    def check_capability(self, _):
        return False

    def get_pid(self):
        return None


def main():
    utils_logfile.set_log_file_dir(files)
    where = {"monitor_filename": socket}
    agent = QemuAgent(Machine(), "agent", QemuAgent.SERIAL_TYPE_VIRTIO, where, get_supported_cmds=True)
    agent.verify_responsive()
    agent.sync()
    agent.sync("guest-sync-delimited")
    answers(agent)
    file(agent)
    program(agent)
    errors(agent)


def answers(agent):
    assert abs(agent.get_time() / 1e9 - time.time()) < 600
    assert any(processor["online"] for processor in agent.get_vcpus())
    assert any(interface["name"] == "lo" for interface in agent.get_network_interface())
    assert agent.get_osinfo()["kernel-release"]
    assert agent.get_host_name()["host-name"]
    assert "offset" in agent.get_timezone()
    assert agent.get_fsfreeze_status() == QemuAgent.FSFREEZE_STATUS_THAWED
    assert agent.get_cpustats() and agent.get_load()["load1m"] >= 0
    for ask in [agent.get_users, agent.get_fsinfo, agent.get_disks, agent.get_diskstats, agent.get_network_route]:
        assert isinstance(ask(), list), ask


def file(agent):
    handle = agent.guest_file_open(files + "/avocado", mode="w+")
    assert agent.guest_file_write(handle, "some text\n")["count"] == 10
    agent.guest_file_flush(handle)
    for whence in (0, "set"):
        assert agent.guest_file_seek(handle, 5, whence)["position"] == 5
    assert base64.b64decode(agent.guest_file_read(handle, count=2)["buf-b64"]) == b"te"
    assert agent.guest_file_read(handle)["eof"]
    assert agent.guest_file_close(handle) == {}


def program(agent):
    pid = agent.guest_exec("sh", arg=["-c", "cat; exit 3"], input_data="aW5wdXQ=", capture_output=True)["pid"]
    while not (status := agent.guest_exec_status(pid))["exited"]:
        time.sleep(0.02)
    assert (status["exitcode"], status["out-data"]) == (3, "aW5wdXQ="), status


def errors(agent):
    for call, words in [
        (lambda: agent.guest_file_open("/none"), "No such file or directory"),
        (lambda: agent.guest_file_open("/etc/passwd", mode="x"), "invalid file open mode 'x'"),
        (lambda: agent.fstrim(), "has been disabled: the command is not allowed"),
    ]:
        try:
            raise AssertionError(call())
        except VAgentCmdError as error:
            assert words in str(error), error
    try:
        agent.check_has_command("guest-unknown")
        raise AssertionError("a command that nobody knows")
    except VAgentCmdNotSupportedError:
        pass


main()
