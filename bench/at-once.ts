/** Runs a task for 0 to total - 1, so many at once. @returns the seconds it took */
export async function atOnce(lanes: number, total: number, task: (index: number) => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  let next = 0;
  async function lane(): Promise<void> {
    while (next < total) await task(next++);
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  return (performance.now() - begin) / 1000;
}
