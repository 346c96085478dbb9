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

/** As {@link inParallel}; `tell` gets what came of each item in the order of the items, as soon as all before it were told. */
export async function inParallelTold<Item, Result>(
  items: readonly Item[],
  width: number,
  one: (item: Item) => Promise<Result>,
  tell: (result: Result) => void,
): Promise<void> {
  const results = new Map<number, Result>();
  let told = 0;
  await inParallel(items.entries(), width, async ([index, item]) => {
    results.set(index, await one(item));
    for (; results.has(told); told++) {
      tell(results.get(told) as Result);
      results.delete(told);
    }
  });
}
