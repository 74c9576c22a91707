"""Generated requests, valid and not, against openapi.yaml: no answer that the document does not announce.

Twice: as a reader, and as an administrator, who can remove the stores that a reader needs. SECONDS is for both.
"""

import os
import re
import shutil
import subprocess
import sys

from service import REPOSITORY, WORK, Tally, running_service

SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
SEED = os.environ.get("FUZZ_SEED", "1")
ADMIN_KEY = "admin-of-this-check"
SCHEMATHESIS = os.path.join(os.path.dirname(sys.executable), "schemathesis")
SUMMARY = re.compile(r"^\s*(\d+) generated", re.MULTILINE)
FAILURE = re.compile(r"^- (\S+ .+)$", re.MULTILINE)


def fuzz(tally: Tally, role: str, seconds: int, *options: str) -> None:
    # A copy: what an administrator does must not reach the samples.
    folder = WORK / "fuzzed"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(REPOSITORY / "test/fixtures/sample", folder)
    with running_service(folder, workers=1, options=("--api-key", f"admin:{ADMIN_KEY}")) as (url, pool):
        command = [SCHEMATHESIS, "--config-file", str(REPOSITORY / "test/interop/schemathesis.toml"), "run",
                   str(REPOSITORY / "openapi.yaml"), "--url", url, "--checks", "all", "--continue-on-failure",
                   "--max-time", str(seconds), "--seed", SEED, "--no-color", *options]
        result = subprocess.run(command, capture_output=True, text=True, timeout=3 * seconds + 60, cwd=WORK, check=False)
        is_alive = pool.request("GET", "/health/ready").status == 200
    print(result.stdout)
    generated = SUMMARY.search(result.stdout)
    failures = FAILURE.findall(result.stdout)
    tally.passed += max(0, int(generated[1]) - len(failures)) if generated else 0
    for failure in failures:
        tally.check(False, f"{role}: {failure}")
    tally.check(generated is not None and result.returncode == (1 if failures else 0), f"{role}: ran to its end {result.stderr[-500:]}")
    tally.check(is_alive, f"{role}: the service is still ready")


if __name__ == "__main__":
    WORK.mkdir(parents=True, exist_ok=True)
    tally = Tally("schemathesis")
    fuzz(tally, "reader", SECONDS * 2 // 3)
    fuzz(tally, "administrator", SECONDS - SECONDS * 2 // 3, "-H", f"Authorization: Bearer {ADMIN_KEY}")
    tally.finish()
