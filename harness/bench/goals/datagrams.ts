/**
 * Goal 8: every datagram is accounted for, at windows from 64 to 16,384.
 */
import { referenceServer } from '../../servers.ts';
import { type Bench, datagramsOf } from '../measure.ts';
import { type GoalRow, holds } from './goal.ts';

const WINDOWS = [64, 256, 1024, 4096, 16_384] as const;

export async function datagramGoals(bench: Bench): Promise<GoalRow[]> {
  const rows: GoalRow[] = [];
  for (const track of ['c', 'ts'] as const)
    for (const depth of WINDOWS) {
      const work = { protocol: 'udp-echo', connections: 1, depth, messageBytes: 64 } as const;
      const books = await datagramsOf(bench, referenceServer('udp-echo', track), work);
      if ('notMeasured' in books) throw new Error(books.notMeasured);
      const terms = [
        books.received,
        books.late,
        books.droppedHere,
        books.droppedThere,
        books.server?.failed ?? NaN,
      ];
      rows.push(
        holds(
          8,
          `UDP books, ${track === 'ts' ? 'TypeScript' : 'C'}, window ${depth}: sent = received + late + dropped here + dropped there + failed`,
          'exactly',
          `${books.sent} = ${terms.join(' + ')}`,
          books.server !== undefined && books.unexplained === 0,
        ),
      );
    }
  return rows;
}
