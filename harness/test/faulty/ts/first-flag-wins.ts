/** Fault: where a flag stands twice, the first value counts. */
import { serveTcp } from './tcp.ts';

const values = new Map<string, string>();
const words = process.argv.splice(2).flatMap((word) => word.split(/=(.*)/s, 2));
for (let i = 0; i < words.length; i += 2) {
  const [flag = '', value = ''] = words.slice(i, i + 2);
  if (!values.has(flag)) values.set(flag, value);
}
process.argv.push(...[...values].flat());

serveTcp('tcp-echo', {});
