"""`make install` lays down a service that systemd accepts, twice over, and `make uninstall` takes it away.

Needs the program: WATCHPOST_BIN, as scripts/test sets it.
"""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SETTINGS = "etc/watchpost/watchpost.toml"
# What `systemd-analyze security` may say at most, of 10: 0 is shut, 10 is open.
EXPOSURE = 2.0


def make(target, folder, binary):
    command = ["make", "--no-print-directory", "-C", ROOT, target, f"DESTDIR={folder}", "PREFIX=/usr", f"BINARY={binary}"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def mode(path):
    return oct(os.stat(path).st_mode & 0o777)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.binary = os.environ["WATCHPOST_BIN"]
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.said = make("install", cls.folder, cls.binary)

    def at(self, path):
        return os.path.join(self.folder, path)

    def read(self, path):
        with open(self.at(path), encoding="utf-8") as file:
            return file.read()

    def test_everything_lies_where_debian_wants_it(self):
        self.assertEqual(mode(self.at("usr/bin/watchpost")), "0o755")
        self.assertEqual(mode(self.at("usr/lib/systemd/system/watchpost.service")), "0o644")
        self.assertEqual(mode(self.at(SETTINGS)), "0o640")
        for place in ("usr/lib/sysusers.d/watchpost.conf", "usr/lib/tmpfiles.d/watchpost.conf"):
            self.assertTrue(os.path.isfile(self.at(place)), place)
            self.assertIn(f"/{place}", self.said)

    def test_the_settings_are_good_and_keep_recordings_in_var_lib(self):
        subprocess.run([self.at("usr/bin/watchpost"), "check", self.at(SETTINGS)], check=True, stdout=subprocess.DEVNULL)
        self.assertIn('\ndata_dir = "/var/lib/watchpost"\n', self.read(SETTINGS))
        self.assertIn('\nlisten = "0.0.0.0:8443"\n', self.read(SETTINGS))
        self.assertIn("\n[server]\n", self.read(SETTINGS))

    def test_no_placeholder_is_left_in_the_service(self):
        service = self.read("usr/lib/systemd/system/watchpost.service")
        self.assertNotRegex(service, r"(?m)^[^#].*@\w+@|/usr/local")
        self.assertIn("\nExecStart=/usr/bin/watchpost run --config /etc/watchpost/watchpost.toml\n", service)

    def test_an_update_keeps_the_settings_of_the_owner(self):
        with open(self.at(SETTINGS), "a", encoding="utf-8") as settings:
            settings.write("\n# mine\n")
        self.assertIn("kept as it is", make("install", self.folder, self.binary))
        self.assertTrue(self.read(SETTINGS).endswith("\n# mine\n"))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze here")
    def test_systemd_finds_no_fault_in_the_service(self):
        # Units that ours only names are the system's business.
        verify = ["systemd-analyze", "verify", "--recursive-errors=no", "--man=no"]
        found = subprocess.run(
            [*verify, self.here_and_now("watchpost.service")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.assertEqual((found.returncode, [row for row in found.stdout.splitlines() if "watchpost" in row]), (0, []))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze here")
    def test_systemd_finds_a_fault_where_there_is_one(self):
        bad = self.here_and_now("bad-watchpost.service", lambda text: text.replace("Type=notify", "Type=notfy"))
        found = subprocess.run(["systemd-analyze", "verify", "--man=no", bad], stderr=subprocess.PIPE, text=True)
        self.assertIn("notfy", found.stderr)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze here")
    def test_the_service_is_shut_tight(self):
        service = self.here_and_now("watchpost.service")
        command = ["systemd-analyze", "security", "--offline=true", "--no-pager", service]
        told = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        score = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
        self.assertIsNotNone(score, told)
        print(f"systemd-analyze security: {score.group(1)} of 10")
        self.assertLessEqual(float(score.group(1)), EXPOSURE, told)

    def here_and_now(self, name, change=lambda text: text):
        """The service as a file whose program exists outside the folder too."""
        folder = tempfile.mkdtemp(dir=self.folder)
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            service = self.read("usr/lib/systemd/system/watchpost.service")
            file.write(change(service.replace("/usr/bin/watchpost", self.at("usr/bin/watchpost"))))
        return path


class Uninstalled(unittest.TestCase):
    def test_only_settings_stay(self):
        with tempfile.TemporaryDirectory() as folder:
            make("install", folder, os.environ["WATCHPOST_BIN"])
            make("uninstall", folder, os.environ["WATCHPOST_BIN"])
            left = [os.path.join(at, file) for at, _, files in os.walk(folder) for file in files]
            self.assertEqual([os.path.relpath(path, folder) for path in left], [SETTINGS])


class Refused(unittest.TestCase):
    def test_without_a_program_it_says_what_to_do(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(subprocess.CalledProcessError) as refusal:
                make("install", folder, os.path.join(folder, "nothing"))
            self.assertIn("make build", refusal.exception.stdout)


if __name__ == "__main__":
    unittest.main()
