"""Learns what a Winsock with headers of its own has: which types, constants and functions its headers declare, and which of
these functions its libraries hold. Writes that as a header for bridge.c.

    probe.py --out FILE [--library FILE]... [--host] -- COMPILER OPTION... bridge.c

bridge.c itself is compiled, at first as if everything were there; what stands at the lines that the compiler refuses is not.
Then the relocations of each wrapper tell which symbols it needs. A Winsock function that would come from the C library
(socket, bind, recv ...) is none of the layer's, unless SOCKET is no number and a macro makes of it what that function takes.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TYPES = ("DWORD", "WSADATA", "WSAEVENT", "WSAOVERLAPPED", "Internal", "sockaddr_in", "sockaddr_in6", "sockaddr_un", "linger",
         "timeval", "number_socket")
ERRORS = ("WSAGetLastError", "WSASetLastError")
ADDRESSES = ("sockaddr_in", "sockaddr_in6")
FLAGS = ("-Werror=implicit-function-declaration", "-Werror=int-conversion", "-O0", "-ffunction-sections", "-fno-lto")

#: What GCC and Clang call a name that nobody has declared.
_ABSENT = re.compile(r"'(\w+)' undeclared|(?:undeclared (?:function|identifier)|implicit declaration of function|unknown type name) '(\w+)'")
_PLACE = re.compile(r"(?:.*/)?(bridge\.c|constants\.def):(\d+):(?:\d+:)? (.*)")


class Refused(Exception):
    """The headers do not compile, or do not have what is necessary; with what is to be told."""


def functions() -> list[str]:
    text = (HERE / "bridge.def").read_text()
    return re.findall(r"^WSX_(?:ON_SOCKET|OTHER)\([^,]+, (\w+),", text, re.MULTILINE)


class Probe:
    def __init__(self, command: list[str], constants: Path, host: bool) -> None:
        self.command = command
        self.host = host
        self.functions = functions()
        self.names_at = {"constants.def": dict(self._constants(constants)), "bridge.c": dict(self._blocks())}
        self.has = dict.fromkeys([*TYPES, *ERRORS, *self.functions], False)
        self.constants = dict.fromkeys(self.names_at["constants.def"].values(), False)
        self.why = dict.fromkeys(self.functions, "")
        self.system_sockets = False
        self.nowhere = ""
        self.folder = tempfile.TemporaryDirectory(prefix="wsconform-")
        self.header = Path(self.folder.name) / "have.h"

    @staticmethod
    def _constants(path: Path) -> list[tuple[int, str]]:
        found = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r"WSN_(?:CONSTANT|ERROR)\((\w+),", line)
            if match:
                found.append((number, match[1]))
        return found

    @staticmethod
    def _blocks() -> list[tuple[int, str]]:
        """For each line of bridge.c the innermost #if WSX_HAVE_... that it stands in."""
        found: list[tuple[int, str]] = []
        inside: list[str] = []
        for number, line in enumerate((HERE / "bridge.c").read_text().splitlines(), 1):
            begins = re.match(r"#\s*(?:el)?if(?:n?def)?\b(.*)", line)
            if begins and "elif" in line:
                inside.pop()
            if begins:
                match = re.search(r"WSX_(?:HAVE|C)_(\w+)", begins[1])
                inside.append(match[1] if match and not line.startswith("#ifndef") else "")
            elif re.match(r"#\s*else", line):
                inside[-1] = ""
            elif re.match(r"#\s*endif", line):
                inside.pop()
            name = next((one for one in reversed(inside) if one), "")
            if name:
                found.append((number, name))
        return found

    def write(self, path: Path) -> None:
        lines = ["/* What the headers declare and the libraries hold; made by probe.py. */",
                 f"#define WSX_SYSTEM_SOCKETS {int(self.system_sockets)}"]
        lines += [f"#define WSX_HAVE_{name} {int(has)}" for name, has in self.has.items()]
        lines += [f"#define WSX_C_{name} {int(has)}" for name, has in self.constants.items()]
        lines += [f"#define WSX_WHY_{name} " + (f'"{why}"' if why else "0") for name, why in self.why.items()]
        text = "\n".join(lines) + "\n"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)

    def write_dependencies(self, of: Path) -> None:
        """Beside it, for make: every header that was read, but for our own passing one."""
        rules = Path(f"{of}.d")
        fine, said = self.compile("-M", "-MF", str(rules), "-MT", str(of))
        if not fine:
            raise Refused(said)
        rules.write_text(rules.read_text().replace(f" {self.header}", ""))

    def compile(self, *options: str) -> tuple[bool, str]:
        self.write(self.header)
        done = subprocess.run([*self.command, *FLAGS, f'-DWSX_HAVE="{self.header}"', *options], capture_output=True, text=True,
                              errors="replace", env={**os.environ, "LC_ALL": "C"})
        return done.returncode == 0, done.stderr

    def macros(self) -> set[str]:
        done = subprocess.run([*self.command, f'-DWSX_HAVE="{self.header}"', "-E", "-dM"], capture_output=True, text=True, errors="replace")
        return set(re.findall(r"^#define (\w+)", done.stdout, re.MULTILINE))

    def refused(self, said: str) -> set[str]:
        """The names at whose lines the compiler complains; where the error is in a macro's text, at the line that uses it."""
        names, pending = set(), False
        for line in said.splitlines():
            error = " error: " in line
            place = _PLACE.match(line)
            if error:
                pending = place is None
            elif not (pending and place and "in expansion of macro" in line):
                continue
            name = place and self.names_at[place[1]].get(int(place[2]))
            if name:
                names.add(name)
                pending = False
        return names

    def settle(self, group: dict[str, bool], names: list[str], reason: str) -> None:
        """Which of the names can be used: first all, then ever fewer."""
        group.update(dict.fromkeys(names, True))
        for _ in range(60):  # a compiler may stop after twenty errors
            good, said = self.compile("-fsyntax-only")
            lost = [name for name in names if group[name] and name in self.refused(said)]
            if good or not lost:
                if not good:
                    raise Refused(said)
                return
            for name in lost:
                group[name] = False
                if name in self.why:
                    self.why[name] = reason
        raise Refused(said)

    def explain_function(self, name: str) -> tuple[str, str]:
        """What the compiler says of a call of it, in one line, "" if something is just not there; and what that is."""
        self.has[name] = True
        _, said = self.compile("-fsyntax-only")
        self.has[name] = False
        errors = [line for line in said.splitlines() if " error: " in line]
        found = [_ABSENT.search(line) for line in errors]
        if not errors or not found[0]:
            return "".join(errors[:1]), name
        absent = [one[1] or one[2] for one in found if one]
        return "", name if name in absent else absent[0]

    def run(self, libraries: list[Path], nm: str, objdump: str) -> None:
        # Without any function and constant the headers themselves must do.
        for self.system_sockets in (False, True):
            self.has.update(dict.fromkeys(self.has, False))
            good, said = self.compile("-fsyntax-only")
            if not good:
                raise Refused(said)
            for name in TYPES:
                self.settle(self.has, [name], "")
            if self.has["sockaddr_in"]:
                break
        self.settle(self.constants, list(self.constants), "")
        self.settle(self.has, list(ERRORS), "")
        # Of the events first the maker: its result is the type of all others.
        first = [name for name in self.functions if name == "WSACreateEvent"]
        self.settle(self.has, first, "the headers do not declare it")
        self.settle(self.has, [name for name in self.functions if name not in first], "the headers do not declare it")
        if self.host:
            return
        self.nowhere = "the library does not have it" if libraries else "no library is given, and the headers only declare it"
        held = set().union(*(symbols(nm, path) for path in libraries))
        system = symbols(nm, Path(self.file_of("libc.so.6")))
        for name in self.functions:
            if self.why[name]:
                said, absent = self.explain_function(name)
                if absent != name:
                    self.why[name] = f"the headers do not declare {absent}"
                elif said and name in system - held:
                    self.why[name] = self.nowhere  # it is the C library's that is declared
                elif said:
                    self.why[name] = "the headers declare it otherwise than Winsock does"
                    if name == "WSASend":
                        raise Refused(f"WSASend cannot be called as Winsock's:\n{said}\n")
        self.look_into(held, system, nm, objdump)
        if not self.has["WSASend"]:
            raise Refused(f"there is no WSASend to be tested: {self.why['WSASend']}\n")

    # --- libraries -----------------------------------------------------------------------------------------

    def look_into(self, held: set[str], system: set[str], nm: str, objdump: str) -> None:
        object_file = Path(self.folder.name) / "bridge.o"
        good, said = self.compile("-c", "-o", str(object_file))
        if not good:
            raise Refused(said)
        wanted = undefined(nm, object_file)
        for name in self.constants:  # objects that are only declared
            if name in wanted - held - system:
                self.constants[name] = False
        adapted = set() if self.has["number_socket"] else self.macros()
        for name, needs in relocations(objdump, object_file).items():
            for symbol in sorted(needs & wanted - held):
                own = symbol == name and name not in adapted
                if (own or symbol not in system) and self.has.get(name):
                    self.has[name] = False
                    self.why[name] = self.nowhere + ("" if own else f" ({symbol})")

    def file_of(self, library: str) -> str:
        done = subprocess.run([self.command[0], f"-print-file-name={library}"], capture_output=True, text=True)
        return done.stdout.strip()


def symbols(nm: str, path: Path) -> set[str]:
    """What a library gives to others."""
    found: set[str] = set()
    good = False
    for option in ("-D", "-g"):
        done = subprocess.run([nm, option, "--defined-only", str(path)], capture_output=True, text=True, errors="replace")
        good = good or not done.returncode
        for line in done.stdout.splitlines():
            words = line.split()
            if len(words) >= 3:
                found.add(words[-1].split("@")[0])
    if not good:
        raise Refused(f"no library can be read there: {done.stderr.strip()}\n")
    return found


def undefined(nm: str, path: Path) -> set[str]:
    done = subprocess.run([nm, "-u", str(path)], capture_output=True, text=True)
    return {line.split()[-1] for line in done.stdout.splitlines() if line.strip()}


def relocations(objdump: str, path: Path) -> dict[str, set[str]]:
    """The symbols that the wrapper of each function needs, by the function's name."""
    found: dict[str, set[str]] = {}
    name = ""
    done = subprocess.run([objdump, "-r", str(path)], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        section = re.match(r"RELOCATION RECORDS FOR \[\.text\.(\w+)\]", line)
        if line.startswith("RELOCATION"):
            name = section[1] if section else ""
            name = {"probe_get_error": "WSAGetLastError", "probe_set_error": "WSASetLastError"}.get(name, name.removeprefix("b_"))
        elif name and len(line.split()) == 3:
            found.setdefault(name, set()).add(re.split(r"[-+]0x", line.split()[2])[0])
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--constants", type=Path, required=True)
    parser.add_argument("--library", type=Path, action="append", default=[])
    parser.add_argument("--host", action="store_true")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    probe = Probe(arguments.command, arguments.constants, arguments.host)
    try:
        probe.run(arguments.library, arguments.nm, arguments.objdump)
        probe.write(arguments.out)
        probe.write_dependencies(arguments.out)
    except Refused as error:
        print(error, end="", file=sys.stderr)
        return 1
    if not arguments.host:
        for name in (name for name in probe.functions if probe.why[name]):
            print(f"-- {name}: {probe.why[name]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
