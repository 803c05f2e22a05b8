#!/usr/bin/env python3
"""Drives `kernelevolve mcp` with the official client.

    mcp_client.py PROGRAM auto|legacy TASK_FOLDER

Prints what it saw; any surprise is an exception. Needs PyPI's `mcp`
(scripts/setup-python.sh mcp).
"""

import asyncio
import os
import pathlib
import sys

from mcp import Client, MCPError, StdioServerParameters

TARGETS = pathlib.Path(__file__).resolve().parent / "targets"


def check(condition, what):
    if not condition:
        raise AssertionError(what)


async def call(client, tool, fails=False, **arguments):
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text
    check(result.is_error == fails, f"{tool}: {text}")
    return text, result.structured_content


async def session(client, task):
    print("protocol", client.protocol_version)
    check("open_run" in (client.instructions or ""), "instructions")
    tools = (await client.list_tools()).tools
    check(len(tools) == 10, [tool.name for tool in tools])
    check(all(tool.input_schema["type"] == "object" for tool in tools), tools)
    text, listed = await call(client, "list_tasks")
    check("softmax" in [task["task"] for task in listed["tasks"]], text)
    _, run = await call(client, "open_run", task=task)
    run = run["run"]
    text, _ = await call(client, "node_context", run=run)
    check("## Task" in text, text)
    good = (TARGETS / "good.cc").read_text()
    # Two at once; the answers find their way.
    (_, linted), (_, judged) = await asyncio.gather(
        call(client, "lint", run=run, source="int x = y;"),
        call(client, "evaluate", run=run, source=good))
    check(not linted["builds"] and judged["status"] == "ACCEPT", judged)
    _, node = await call(client, "submit", run=run, source=good, plan="plain")
    check(node["node"] == 1 and node["status"] == "ACCEPT", node)
    await call(client, "node_context", run=run, node=1)
    await call(client, "read_kernel", fails=True, run=run, node=7)
    text, report = await call(client, "report", run=run)
    check(report["nodes"] == 1, text)
    try:
        await client.call_tool("nosuch", {})
    except MCPError as error:
        print("unknown tool:", error)
    else:
        raise AssertionError("an unknown tool was taken")


async def main(program, mode, task):
    server = StdioServerParameters(command=program,
                                   args=["mcp", "--jobs", "2"],
                                   env=dict(os.environ))
    async with Client(server, mode=mode) as client:
        await session(client, task)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
