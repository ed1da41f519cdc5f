/**
 * What the GNU Lesser General Public License asks for beside its text: which
 * libraries, where their source is, what was changed, and how a changed library
 * gets into the program.
 */
import type { DebianPackage } from "./debian_packages.ts";

/** The texts that bind parts of the binary; base-files has them on every Debian. */
const LICENSES = ["LGPL-2.1", "LGPL-3", "GPL-3"];

const SOURCES: Readonly<Record<string, string>> = {
  glibc: "LGPL 2.1 or later. Loader and libraries, and libc.a in the enforcer.",
  gcc: "GPL 3 or later with the GCC Runtime Library Exception 3.1.",
  elfutils: "LGPL 3 or later. libelf.a in the enforcer.",
  libbpf: "LGPL 2.1 or BSD 2-clause, of which this program chooses BSD.",
};

/** The section of the notices, with the license texts. */
export async function renderLgpl(
  packages: readonly DebianPackage[],
): Promise<string> {
  const sources = [...new Set(packages.map(({ source }) => source))].sort();
  const list = sources.flatMap((source) => {
    const license = SOURCES[source.replace(/(?:-\d+)? .*/, "")];
    return license === undefined ? [] : [`  ${source}`, `    ${license}`];
  });
  const glibc = sources.find((source) => source.startsWith("glibc "));
  const texts = await Promise.all(LICENSES.map(async (name) => {
    const text = await Deno.readTextFile(`/usr/share/common-licenses/${name}`);
    return `${LINE}\n${name}\n${LINE}\n\n${text.trimEnd()}\n`;
  }));
  return [
    TITLE,
    list.join("\n"),
    TERMS.replace("GLIBC", glibc?.replace(" ", "=") ?? "glibc"),
    ...texts,
  ].join("\n\n");
}

const LINE = "-".repeat(79);

const TITLE = `${"=".repeat(79)}
Libraries under the GNU Lesser General Public License
${"=".repeat(79)}

cloudtaser-wrapper contains files of these source packages of Debian:`;

const TERMS =
  `V8, in Deno, contains sin and cos of glibc (LGPL 2.1 or later); their source is
the folder v8/third_party/glibc of the crate v8.

You may modify the program for your own use, and reverse engineer it to debug
your modifications.

Source. On Debian, with deb-src in the package sources:

  apt-get source GLIBC

and so for the other packages. snapshot.debian.org keeps versions that Debian's
archive no longer has. For three years from the day on which you received this
program, the project gives anyone who asks the complete source of these
libraries, on a medium customary for it and for no more than its cost. Ask in an
issue of the repository that the program came from.

Changes. In the copy of glibc's dynamic loader inside the program,
tools/base/loader.ts replaces paths by paths of the same length that cannot
exist: /etc/ld.so.preload, /etc/ld.so.cache and the library folders. Its code is
not changed. The other files are as Debian built them; tools/base/pack.ts places
loader and libraries into one file, and tools/build/enforcer.ts links the
archives.

Another version of a library. The complete source of cloudtaser-wrapper is
available under Apache-2.0. In a clone of the commit that the program was built
from, on Debian: install the changed packages (libc6, libc6-dev, libgcc-s1,
libelf-dev) and run

  tools/deno task compile

It takes the loader and libraries from this machine. For another architecture it
takes them from the folder that tools/build/sysroot.ts makes in the cache; put
the changed files there.`;
