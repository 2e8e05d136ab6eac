"""One job of a trainer on a machine of a Ray cluster: in the sandbox of the platform, with its limits, and what it made as one line.

It is the entry of the job, and what it is given lies beside it. It needs Python 3.9 and Linux, and no package.
"""
import base64, hashlib, json, os, platform, shutil, signal, subprocess, sys, tempfile, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MEBI = 1 << 20
# Identities that no account has, as systemd gives them to services for a time.
FIRST_UID, UIDS = 61184, 4336


def other_environment(wanted, command, mounts):
    """In words, what is not here as the trainer was admitted with; None where all is."""
    program = os.path.realpath(command[0])
    if not os.path.isfile(program):
        return f"there is no {command[0]}"
    if hashlib.sha256(Path(program).read_bytes()).hexdigest() != wanted["program"]:
        return f"{command[0]} is another program"
    records = {}
    for folder in map(Path, mounts):
        for site in [folder, *folder.glob("lib/python*/site-packages")]:
            for entry in site.glob("*.dist-info") if site.is_dir() else []:
                record = entry / "RECORD"
                text = record.read_bytes() if record.is_file() else b""
                records[entry.name[: -len(".dist-info")]] = hashlib.sha256(text).hexdigest()
    told = json.dumps(sorted(map(list, records.items())), separators=(",", ":"), ensure_ascii=False)
    installed = hashlib.sha256(told.encode()).hexdigest() if records else None
    if installed != wanted["installed"]:
        return "other packages are installed"
    return None


def tree(root):
    """How many processes came of one, and the bytes of memory that they hold."""
    count, size, files, waiting = 0, 0, {}, [root]
    while waiting and count < 10000:
        pid = waiting.pop()
        count += 1
        try:
            size += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
            for task in os.listdir(f"/proc/{pid}/task"):
                waiting += Path(f"/proc/{pid}/task/{task}/children").read_text().split()
            # Files without a name are memory that no process has in its own.
            for file in Path(f"/proc/{pid}/fd").iterdir():
                if os.readlink(file).startswith("/memfd:"):
                    files[file.stat().st_ino] = file.stat().st_blocks * 512
        except (OSError, IndexError):
            pass  # It is gone.
    return count, size + sum(files.values())


def confined(job, out):
    limits, root = job["limits"], os.getuid() == 0
    user = [] if root else ["--user", "--map-root-user"]
    spaces = [*user, "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]
    outputs = 'exec "$@" 3>"$0/model" 4>"$0/metrics" 5>"$0/started"'
    sandbox = ["setpriv", "--pdeathsig", "KILL", "unshare", *spaces, "/bin/sh", str(HERE / "sandbox.sh")]
    (out / "root").mkdir()
    given = {
        "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin:/bin",
        "SANDBOX_ROOT": str(out / "root"),
        "SANDBOX_IN": str(HERE / "in"),
        "SANDBOX_MOUNTS": "\n".join(job["mounts"]),
        "SANDBOX_UID": str(FIRST_UID + os.getpid() % UIDS) if root else "",
        "SANDBOX_OUT_MB": str(limits["outputMegabytes"]),
        "SANDBOX_DATA": str(limits["megabytes"] * MEBI),
        "SANDBOX_PROCESSES": str(limits["processes"]),
    }
    with open(out / "log", "wb") as log:
        command = ["/bin/sh", "-c", outputs, str(out), *sandbox, *job["command"]]
        child = subprocess.Popen(command, env=given, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    begun, ended = time.monotonic(), None
    while child.poll() is None:
        count, size = tree(child.pid)
        if time.monotonic() - begun > limits["seconds"]:
            ended = f"it ran for more than {limits['seconds']} seconds"
        elif size > limits["megabytes"] * MEBI:
            ended = f"it took more than {limits['megabytes']} MiB of memory"
        elif count > limits["processes"] + 5:
            ended = f"it had more than {limits['processes']} processes"
        elif (out / "log").stat().st_size > 64 * MEBI:
            ended = "it printed more than 64 MiB"
        if ended:
            child.send_signal(signal.SIGKILL)
            child.wait()
        time.sleep(0.05)
    return child.returncode, ended, time.monotonic() - begun


def bytes_of(path, most):
    if not path.is_file() or path.stat().st_size > most:
        return b""
    return path.read_bytes()


def main():
    job = json.loads((HERE / "job.json").read_text())
    problem = other_environment(job["environment"], job["command"], job["mounts"])
    if platform.system() != "Linux":
        problem = "it is no Linux"
    result = {"seconds": 0, "failure": None, "isLost": False, "model": "", "metrics": ""}
    if problem:
        return {**result, "failure": f"on {platform.node()} {problem}"}
    out = Path(tempfile.mkdtemp(prefix="asof-job-"))
    try:
        code, ended, seconds = confined(job, out)
        started = len(bytes_of(out / "started", 64)) > 0
        log = bytes_of(out / "log", 65 * MEBI)[-4000:].decode("utf-8", "replace").strip()
        failure = ended
        if code != 0 and not ended:
            said = f"and its last output was: {log}" if log else "and printed nothing"
            failure = f"it ended with exit code {code}, {said}" if started else f"its sandbox could not be made ({log})"
        most = job["limits"]["outputMegabytes"] * MEBI
        for name, bound in ("model", most), ("metrics", MEBI):
            if (out / name).stat().st_size > bound:
                failure = failure or f"its {name} has more than {bound // MEBI} MiB"
            result[name] = base64.b64encode(bytes_of(out / name, bound)).decode()
        lost = code != 0 and not ended and not started
        return {**result, "seconds": round(seconds, 3), "failure": failure, "isLost": lost}
    finally:
        shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    # On a line of its own, whatever was printed before.
    sys.stdout.write("\nasof-result:" + json.dumps(main()) + "\n")
    sys.stdout.flush()
