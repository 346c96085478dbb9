/**
 * The part of a server's stderr that a failure shows: its last lines, or the beginning of a report of a sanitizer or of
 * Node, whose end is a legend, or frames of Node's own, that tell nobody anything.
 */

const SHOWN_LINES = 12;

/** First lines of reports: ASan, LSan, TSan and UBSan; and of Node's about an error that nobody caught, which begins with the place. */
const REPORT =
  /^(?:.*(?:(?:ERROR|WARNING): \w+Sanitizer|: runtime error): .*|(?:file:\/\/\/|\/|node:)\S+:\d+)$/m;
/** A frame of Node's own: `    at Socket.emit (node:events:518:28)`. */
const FRAME_OF_NODE = /^ +at .*\(node:.*\)$\n?/gm;

/** At most 12 lines, without a line end at the last. */
export function lastWords(stderr: string): string {
  const report = REPORT.exec(stderr);
  if (report)
    return stderr
      .slice(report.index)
      .replaceAll(FRAME_OF_NODE, '')
      .split('\n', SHOWN_LINES)
      .join('\n')
      .trimEnd();
  return stderr.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
}
