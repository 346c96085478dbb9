/**
 * Many jobs, a few of them at a time, each begun as soon as there is room for it.
 */

/**
 * Resolves when all items have been dealt with. After the first failure no further item is begun.
 * @param width items at a time
 * @throws what `one` threw first, as soon as nothing is under way any more
 */
export async function inParallel<Item>(
  items: Iterable<Item>,
  width: number,
  one: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    while (waiting.length > 0) await one(waiting.shift() as Item);
  };
  const workers = Array.from({ length: width }, worker);
  try {
    await Promise.all(workers);
  } finally {
    waiting.length = 0;
    await Promise.allSettled(workers);
  }
}
