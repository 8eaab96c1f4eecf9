/** What comes first: the outcome, or the end of the time given to it. */
export async function withinLimit<T>(millis: number, outcome: Promise<T>): Promise<T | 'limit'> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'limit'>((resolve) => {
    timer = setTimeout(resolve, millis, 'limit');
  });
  try {
    return await Promise.race([outcome, limit]);
  } finally {
    clearTimeout(timer);
  }
}
