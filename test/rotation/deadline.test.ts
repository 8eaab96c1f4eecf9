import { describe, expect, it } from '@jest/globals';
import { startDeadline } from '../../lib/rotation/deadline.js';

const never = new Promise<never>(() => {});

describe('startDeadline', () => {
  it('rejects shortly before the limit and names the wait that began last', async () => {
    using deadline = startDeadline(60);
    const work = async () => deadline.waitFor('login to db.example.com:5432', never);
    const outer = deadline.waitFor('the rotator', Promise.resolve().then(work));
    await expect(outer).rejects.toMatchObject({
      code: 'DeadlineExceeded',
      waitingFor: 'login to db.example.com:5432',
    });
    expect(deadline.signal.aborted).toBe(true);
    expect(deadline.signal.reason).toMatchObject({ code: 'DeadlineExceeded' });
    await expect(
      deadline.waitFor(
        'more',
        Promise.resolve(1).then(() => never),
      ),
    ).rejects.toMatchObject({
      code: 'DeadlineExceeded',
    });
  });

  it('passes results and errors through while there is time', async () => {
    using deadline = startDeadline(60_000);
    await expect(deadline.waitFor('a', Promise.resolve(7))).resolves.toBe(7);
    await expect(deadline.waitFor('b', Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('never fires where there is no limit', async () => {
    using deadline = startDeadline(undefined);
    await expect(deadline.waitFor('a', Promise.resolve(7))).resolves.toBe(7);
    expect(deadline.signal.aborted).toBe(false);
  });
});
