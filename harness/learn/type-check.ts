/**
 * Type-checks the few files of one exercise. The first check of a process takes about a second, for the library's types; the
 * next ones, of files that were edited, some 50 ms: the compiler stays in memory and looks anew only at what has changed.
 *
 * Slow to load, so it is imported only when it is needed. Runs nothing: Node strips the types by itself.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import ts from 'typescript';
import { ROOT } from '../servers.ts';

/** The rules of the repository, without those on names that are not used: a stub leaves some. */
function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const typeRoots = [join(ROOT, 'node_modules', '@types')];
  return { ...options, typeRoots, noUnusedLocals: false, noUnusedParameters: false };
}

let checked: readonly string[] = [];
const options = compilerOptions();
const service = ts.createLanguageService({
  getScriptFileNames: () => [...checked],
  getScriptVersion: versionOf,
  getScriptSnapshot: (file) => {
    const text = ts.sys.readFile(file);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => ROOT,
  getCompilationSettings: () => options,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
});

/**
 * What tsc would print for these files, with the lines that it means; empty when nothing is wrong.
 * @param root the folder from which paths are shown
 * @param files absolute paths; what they import is looked at as well
 */
export function typeErrors(root: string, files: readonly string[], color: boolean): string {
  checked = files;
  const syntax = files.flatMap((file) => service.getSyntacticDiagnostics(file));
  // Of a file that cannot be read as TypeScript the types would only repeat it in other words.
  const found = syntax.length > 0 ? syntax : files.flatMap((file) => service.getSemanticDiagnostics(file));
  const text = ts.formatDiagnosticsWithColorAndContext(found, {
    getCurrentDirectory: () => root,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  });
  return (color ? text : stripVTControlCharacters(text)).trimEnd();
}

/** Changes with the file. Two saves within a tick of the file system's clock that keep the length are one. */
function versionOf(file: string): string {
  const status = statSync(file, { bigint: true, throwIfNoEntry: false });
  return status ? `${status.ino} ${status.mtimeNs} ${status.size}` : 'missing';
}
