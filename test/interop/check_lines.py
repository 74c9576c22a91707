"""Every line that the start, the pages and README tell people to copy runs, against every sample store and others.

What a page shows is taken from its source (`<h3>client</h3><pre>program</pre>`), what the start prints from its
output, README's programs from its fenced blocks with the port of this run. Neuroglancer's are checked for their URL.
"""

import html
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import nested_write
from service import REPOSITORY, WORK, Tally, end_before_it_hangs, running_service

ARCHIVES, SCRATCH = WORK / "lines", WORK / "lines-out"
SAMPLE = REPOSITORY / "test/fixtures/sample"
LINE_TIMEOUT_S = 120
READY_TIMEOUT_S = 30
SNIPPET = re.compile(r"<h3>(.*?)</h3><pre>(.*?)</pre>", re.DOTALL)
ROW_LINK = re.compile(r'<td><a href="([^"]+)/">')
READY_LINE = re.compile(r"^    (zarr-python|xarray|anndata|ome-zarr|Neuroglancer) +(.*)$")
IMPORTS = {
    "zarr-python": "import zarr", "xarray": "import xarray", "anndata": "import anndata",
    "ome-zarr": "from ome_zarr.io import parse_url\nfrom ome_zarr.reader import Reader",
}
# Of one store: its root, and the first nodes below.
MOST_PAGES = 6


def run_program(language: str, text: str) -> str:
    """'' when it ran, else the end of what it said."""
    commands = {
        "python": [sys.executable, "-W", "ignore", "-c", text],
        "js": ["node", "--input-type=module", "-e", text],
        "sh": ["bash", "-ec", f"cd {SCRATCH}\n{text}"],
    }
    done = subprocess.run(commands[language], capture_output=True, text=True, timeout=LINE_TIMEOUT_S, cwd=REPOSITORY, stdin=subprocess.DEVNULL)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-400:] or "no message"


def check_program(tally: Tally, where: str, client: str, text: str) -> None:
    tally.note(f"{client} lines")
    if client == "Neuroglancer":
        url = re.match(r"zarr[23]?://(http.*)", text)
        tally.check(url is not None and urllib.request.urlopen(url[1]).status == 200, f"{where}: {text}")
        return
    language = {"zarrita": "js", "curl": "sh"}.get(client, "python")
    failure = run_program(language, text)
    tally.check(failure == "", f"{where}, {client}:\n{text}\n{failure}")


def pages_of(base: str, store: str) -> list[str]:
    """The pages of a store's nodes, the root's first."""
    pages, found = [f"{base}/zarr/{urllib.parse.quote(store)}/"], []
    while pages and len(found) < MOST_PAGES:
        page = pages.pop(0)
        source = urllib.request.urlopen(page).read().decode()
        if SNIPPET.search(source):
            found.append((page, source))
            pages += [urllib.parse.quote(f"{page}{html.unescape(link)}/", safe="/:%") for link in ROW_LINK.findall(source)]
    return found


def check_pages(tally: Tally, base: str) -> None:
    stores = json.load(urllib.request.urlopen(f"{base}/v1/stores"))["stores"]
    programs = [
        (page, client, html.unescape(re.sub(r"<[^>]+>", "", program)))
        for store in stores for page, source in pages_of(base, store["id"]) for client, program in SNIPPET.findall(source)
    ]
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(check_program, tally, *program) for program in programs]:
            done.result()


def ready_lines(log_file) -> list[str]:
    """What the start printed once it served, without log lines."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        text = log_file.read_text()
        if "zipzarr serves" in text and text.rstrip().endswith(('")', "/")):
            break
        time.sleep(0.1)
    return [line for line in text.splitlines() if not line.startswith("{")]


def check_start(tally: Tally, log_file) -> None:
    found = [match for line in ready_lines(log_file) if (match := READY_LINE.match(line))]
    tally.check(len(found) >= 8, f"the start printed {len(found)} lines to copy")
    for match in found:
        client, line = match[1], match[2]
        if client == "Neuroglancer":
            check_program(tally, "start", client, line)
        else:
            check_program(tally, "start", client, f"{IMPORTS[client]}\nopened = {line}\nassert opened is not None and (not isinstance(opened, list) or opened)")


def check_readme(tally: Tally, base: str) -> None:
    readme = (REPOSITORY / "README.md").read_text()
    for language, program in re.findall(r"^```(sh|python|js)\n(.*?)^```", readme, re.DOTALL | re.MULTILINE):
        if "localhost:8080" not in program:
            continue  # installing, testing and containers have checks of their own
        program = program.replace("localhost:8080", base.removeprefix("http://")).replace("curl -s", "curl -fs")
        tally.note(f"README's {language} programs")
        failure = run_program(language, program)
        tally.check(failure == "", f"README:\n{program}\n{failure}")


def main() -> None:
    end_before_it_hangs(1500)
    for folder in (ARCHIVES, SCRATCH):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    nested_write.main(ARCHIVES / "nested")
    tally = Tally("lines to copy")
    log_file = WORK / "lines.log"
    log_file.unlink(missing_ok=True)
    with running_service(SAMPLE, log_file=log_file) as (base, _):
        check_start(tally, log_file)
        check_readme(tally, base)
        check_pages(tally, base)
    with running_service(*sorted((ARCHIVES / "nested").glob("*.zip"))) as (base, _):
        check_pages(tally, base)
    tally.finish()


if __name__ == "__main__":
    main()
