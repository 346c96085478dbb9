/**
 * What to tell people of a file that cannot be written for reasons that no program can prevent.
 */

const ADVICE: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only: work in a copy of the clone that you may write to',
  EACCES: 'permission denied: whose is it, and may you write there?',
  EPERM: 'not permitted: whose is it, and may you write there?',
  ENOSPC: 'the disk is full: make room and run it again',
  EDQUOT: 'your share of the disk is used up: make room and run it again',
};

/** One line; undefined for an error of another kind. */
export function diskTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', path, syscall }: NodeJS.ErrnoException = error;
  // Node's recursive mkdir says ENOENT where the kernel said EROFS.
  const advice = code === 'ENOENT' && syscall === 'mkdir' ? ADVICE.EROFS : ADVICE[code];
  if (advice === undefined) return undefined;
  return path === undefined ? advice : `cannot write ${path}: ${advice}`;
}
