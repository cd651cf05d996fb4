"""QEMU's own Python library, told that there is no greeting to wait for. It tells answers apart by their id."""

import asyncio
import base64
import sys

from qemu.qmp import ExecuteError, QMPClient

socket, files = sys.argv[1:]


async def main():
    client = QMPClient("guest")
    client.await_greeting = False
    client.negotiate = False
    await client.connect(socket)

    assert await client.execute("guest-sync", {"id": 7}) == 7
    assert await client.execute("guest-ping") == {}
    info = await client.execute("guest-info")
    assert {"name": "guest-ping", "enabled": True, "success-response": True} in info["supported_commands"]
    await many_at_a_time(client)
    await file(client)
    await program(client)
    await errors(client)
    await client.disconnect()


async def many_at_a_time(client):
    answers = await asyncio.gather(*(client.execute("guest-sync", {"id": id}) for id in range(100)))
    assert answers == list(range(100)), answers


async def file(client):
    handle = await client.execute("guest-file-open", {"path": files + "/qmp", "mode": "w+"})
    content = bytes(range(256)) * 1000
    encoded = base64.b64encode(content).decode()
    assert await client.execute("guest-file-write", {"handle": handle, "buf-b64": encoded}) == {
        "count": len(content),
        "eof": False,
    }
    await client.execute("guest-file-seek", {"handle": handle, "offset": 0, "whence": "set"})
    read = await client.execute("guest-file-read", {"handle": handle, "count": 1_000_000})
    assert base64.b64decode(read["buf-b64"]) == content and read["eof"]
    assert await client.execute("guest-file-close", {"handle": handle}) == {}


async def program(client):
    arguments = {"path": "/bin/echo", "arg": ["grüße"], "capture-output": True}
    pid = (await client.execute("guest-exec", arguments))["pid"]
    while not (status := await client.execute("guest-exec-status", {"pid": pid}))["exited"]:
        await asyncio.sleep(0.02)
    assert status["exitcode"] == 0 and base64.b64decode(status["out-data"]).decode() == "grüße\n", status


async def errors(client):
    for command, arguments, kind in [
        ("guest-file-open", {"path": "/none"}, "GenericError"),
        ("guest-file-open", {}, "GenericError"),
        ("guest-fstrim", {}, "CommandNotFound"),
        ("guest-unknown", {}, "CommandNotFound"),
    ]:
        try:
            answer = await client.execute(command, arguments)
        except ExecuteError as error:
            assert error.error_class == kind, error
        else:
            raise AssertionError(f"{command}: {answer}")


asyncio.run(main())
