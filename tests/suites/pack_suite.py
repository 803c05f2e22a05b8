"""The archive for a machine without a package manager."""

import json
import re
import subprocess

from harness import BIN, DONE, MISSING, ROOT, TARGETS, Case

PACK = ROOT / "scripts" / "pack.sh"


class Archive(Case):
    def pack(self, *arguments):
        return subprocess.run([PACK, *arguments], cwd=self.folder, capture_output=True,
                              text=True)

    def test_what_it_holds_stands_alone(self):
        packed = self.pack("--build", BIN.parent, "ke.tar.gz")
        self.assertEqual(packed.returncode, 0, packed.stderr)
        subprocess.run(["tar", "-xzf", "ke.tar.gz"], cwd=self.folder, check=True)
        program = self.folder / "kernelevolve" / "bin" / "kernelevolve"
        needs = subprocess.run(["ldd", program, program.parent / "kernelevolve-worker"],
                               capture_output=True, text=True).stdout
        carried = [line for line in needs.splitlines() if str(self.folder) in line]
        self.assertGreater(len(carried), 2, needs)
        for line in needs.splitlines():
            if line not in carried:
                self.assertRegex(line.strip(),
                                 re.compile(r"^(linux-vdso|/|lib(c|m|dl|rt|pthread|resolv)\.)"),
                                 "a library that another machine may lack")
        run = subprocess.run([program, "evaluate", "softmax", TARGETS / "good.cc", "--json"],
                             cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertEqual(json.loads(run.stdout)["status"], "ACCEPT", run.stdout)

    def test_no_program_looks_for_libraries_where_it_is_started(self):
        for program in ("kernelevolve", "kernelevolve-worker"):
            header = subprocess.run(["readelf", "-d", BIN / program], capture_output=True,
                                    text=True, check=True).stdout
            for path in re.findall(r"R(?:UN)?PATH\).*\[(.*)\]", header):
                for folder in path.split(":"):
                    self.assertRegex(folder, r"^(/|\$ORIGIN)", header)

    def test_without_a_build(self):
        packed = self.pack("--build", self.folder, "ke.tar.gz")
        self.assertEqual(packed.returncode, MISSING)
        self.assertIn("scripts/build.sh", packed.stderr)
        self.assertFalse((self.folder / "ke.tar.gz").exists())
