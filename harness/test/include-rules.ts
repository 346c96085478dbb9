/**
 * Who may include whom, for C: the same table as .dependency-cruiser.cjs, as a check of `#include` lines.
 *
 * Deliberately no preprocessor: an include inside `#if` counts, and one that no file of the repository answers is a
 * violation too, because it would escape every rule.
 */
import { posix } from 'node:path';

/** A C file: its path from the root of the repository, and its text. */
export type CSource = { readonly path: string; readonly text: string };

type Room = {
  readonly name: string;
  readonly files: RegExp;
  /** Own headers ("...") that the files may include, as paths from the root; `$1` is what `files` matched. */
  readonly mayInclude: RegExp;
  /** System headers (<...>) that the files may include; absent: any. */
  readonly mayUse?: ReadonlySet<string>;
};

/** The part of standard C that has no clock, no file and no socket. */
const BYTES_AND_VALUES = new Set(
  ['assert', 'inttypes', 'limits', 'stdbool', 'stddef', 'stdint', 'stdlib', 'string'].map(
    (name) => `${name}.h`,
  ),
);

/** The first room that a file matches is its own. */
const ROOMS: readonly Room[] = [
  {
    name: 'wire-includes-nothing',
    files: /^servers-c\/wire\//,
    mayInclude: /^servers-c\/wire\//,
    mayUse: BYTES_AND_VALUES,
  },
  { name: 'net-knows-no-protocol', files: /^servers-c\/net\//, mayInclude: /^servers-c\/net\// },
  {
    name: 'tests-stay-in-their-room',
    files: /^servers-c\/test\//,
    mayInclude: /^servers-c\/(net|wire|test)\//,
  },
  {
    name: 'programs-join-net-and-wire',
    files: /^servers-c\/([^/.]+)(?:\.[ch]$|\/)/,
    mayInclude: /^servers-c\/((net|wire)\/[^/]+$|$1\/)/,
  },
  { name: 'clients-stand-alone', files: /^clients\//, mayInclude: /^clients\// },
  { name: 'peers-stand-alone', files: /^harness\/bench\/peers\//, mayInclude: /^harness\/bench\/peers\// },
  {
    name: 'faulty-servers-stand-alone',
    files: /^harness\/test\/faulty\/c\//,
    mayInclude: /^harness\/test\/faulty\/c\//,
  },
  {
    name: 'solutions-stand-alone',
    files: /^solutions\/([^/]+)\//,
    mayInclude: /^solutions\/($1|given)\//,
  },
  { name: 'native-stands-alone', files: /^harness\/native\//, mayInclude: /^harness\/native\// },
  { name: 'harness-stands-alone', files: /^harness\//, mayInclude: /^harness\/test\// },
];

/** Where the build lets servers look for headers beside their own folder. */
const SERVER_INCLUDE_PATHS = ['servers-c', 'servers-c/net', 'servers-c/wire'];

/** Every include that breaks the table, as `rule: file -> header`. */
export function includeViolations(sources: readonly CSource[]): string[] {
  const paths = new Set(sources.map(({ path }) => path));
  return sources.flatMap((source) => violationsOf(source, paths));
}

function violationsOf({ path, text }: CSource, paths: ReadonlySet<string>): string[] {
  const room = ROOMS.find(({ files }) => files.test(path));
  if (room === undefined) return [`every-file-has-a-room: ${path}`];
  return [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]/gm)].flatMap(
    ([, quote, header = '']) => {
      const isAllowed = quote === '<' ? mayUse(room, header) : mayInclude(room, path, header, paths);
      return isAllowed ? [] : [`${room.name}: ${path} -> ${header}`];
    },
  );
}

function mayUse({ mayUse }: Room, header: string): boolean {
  return mayUse === undefined || mayUse.has(header);
}

function mayInclude(room: Room, path: string, header: string, paths: ReadonlySet<string>): boolean {
  const folders = [posix.dirname(path), ...(path.startsWith('servers-c/') ? SERVER_INCLUDE_PATHS : [])];
  const found = folders.map((folder) => posix.join(folder, header)).find((candidate) => paths.has(candidate));
  const owner = room.files.exec(path)?.[1] ?? '';
  return found !== undefined && new RegExp(room.mayInclude.source.replace('$1', owner)).test(found);
}
