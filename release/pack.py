#!/usr/bin/env python3
"""Makes an archive of a folder, .zip where an .exe is in it and .tar.gz else, and beside it SHA256SUMS of all that are there.

    release/pack.py FOLDER

The same files give the same bytes: in order, of nobody, and as old as SOURCE_DATE_EPOCH says.
"""

import gzip
import hashlib
import io
import os
import sys
import tarfile
import time
import zipfile
from pathlib import Path


def tar(files, root, seconds):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in files:
            entry = tarfile.TarInfo(path.relative_to(root).as_posix())
            entry.size, entry.mtime = path.stat().st_size, seconds
            entry.mode = 0o755 if path.name == "chalktalk" else 0o644
            with path.open("rb") as file:
                archive.addfile(entry, file)
    return gzip.compress(data.getvalue(), mtime=seconds)


def zipped(files, root, seconds):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), time.gmtime(seconds)[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return data.getvalue()


def main():
    folder = Path(sys.argv[1])
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    seconds = int(os.environ["SOURCE_DATE_EPOCH"])
    is_windows = any(path.suffix == ".exe" for path in files)
    make, ending = (zipped, ".zip") if is_windows else (tar, ".tar.gz")
    Path(f"{folder}{ending}").write_bytes(make(files, folder.parent, seconds))
    archives = sorted([*folder.parent.glob("chalktalk-*.zip"), *folder.parent.glob("chalktalk-*.tar.gz")])
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in archives)
    (folder.parent / "SHA256SUMS").write_text(sums, newline="\n")


main()
