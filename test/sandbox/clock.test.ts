import { createManualClock, startAblySandbox } from 'ably-jwt/testing';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

describe('the manual clock', () => {
  test('fires what falls due in order, each at its own time', () => {
    const clock = createManualClock(new Date(1000));
    const fired: [string, number][] = [];
    const note = (name: string) => () => void fired.push([name, clock.now()]);
    clock.setTimeout(note('b'), 20);
    clock.setTimeout(() => {
      note('a')();
      clock.setTimeout(note('c'), 10);
    }, 10);
    const cancelled = clock.setTimeout(note('never'), 15);
    clock.setTimeout(note('late'), 31);
    clock.clearTimeout(cancelled);
    expect(clock.next).toBe(1010);
    clock.advance(30);
    expect(fired).toEqual([
      ['a', 1010],
      ['b', 1020],
      ['c', 1020],
    ]);
    expect(clock.now()).toBe(1030);
    expect(clock.next).toBe(1031);
  });

  test.each([-1, 0.5, Number.NaN, '5'])('does not advance by %j', (milliseconds) => {
    expect(() => createManualClock().advance(milliseconds as number)).toThrow(
      /"milliseconds" must be a whole number/,
    );
  });

  test('starts at a time', () => {
    expect(() => createManualClock(new Date(Number.NaN))).toThrow(/"start" must be a valid Date/);
    expect(createManualClock(5).now()).toBe(5);
  });

  test('agrees with a sorted list, whatever is added, cleared and advanced', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ add: fc.nat(50), again: fc.option(fc.nat(20)) }) },
      { weight: 2, arbitrary: fc.record({ clear: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.record({ advance: fc.nat(30) }) },
    );
    let cleared = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 200 }), (steps) => {
        const clock = createManualClock(0);
        const handles: unknown[] = [];
        let expected: { id: number; due: number; again: number | null }[] = [];
        const fired: [id: number, at: number][] = [];
        const expectedFired: typeof fired = [];
        const add = (delay: number, again: number | null, now: number, real: boolean) => {
          const id = real ? handles.length : -1;
          const timer = clock.setTimeout(() => {
            fired.push([id, clock.now()]);
            if (again !== null) add(again, null, clock.now(), false);
          }, delay);
          if (real) {
            handles.push(timer);
            expected.push({ id, due: now + delay, again });
          }
        };
        for (const each of steps) {
          if ('add' in each) add(each.add, each.again ?? null, clock.now(), true);
          else if ('clear' in each) {
            clock.clearTimeout(handles[each.clear]);
            const before = expected.length;
            expected = expected.filter(({ id }) => id !== each.clear);
            cleared += before - expected.length;
          } else {
            const end = clock.now() + each.advance;
            for (;;) {
              // Of one time, the one that was added first: the sort is stable.
              const [first] = [...expected].sort((a, b) => a.due - b.due);
              if (first === undefined || first.due > end) break;
              expected = expected.filter((timer) => timer !== first);
              expectedFired.push([first.id, first.due]);
              if (first.again !== null) expected.push({ id: -1, due: first.due + first.again, again: null });
            }
            clock.advance(each.advance);
          }
          expect(fired).toEqual(expectedFired);
          const dues = expected.map(({ due }) => due);
          expect(clock.next).toBe(dues.length === 0 ? undefined : Math.min(...dues));
        }
      }),
    );
    // Timers were cleared before they fired, so the heap had holes to fill.
    expect(cleared).toBeGreaterThan(50);
  });
});

test('a clock that follows real time keeps a timer for longer than one of Node’s can wait', async () => {
  const sandbox = await startAblySandbox({ admin: true });
  onTestFinished(() => sandbox.close());
  sandbox.fail({ on: 'request', path: '/time', with: { delay: '30d' } });
  const time = () => fetch(`${sandbox.url}/time`);
  const late = time();
  await expect.poll(async () => (await time()).status).toBe(200);
  for (let n = 0; n < 5; n++) await time();
  const answered = sandbox.requests.length;
  await fetch(`${sandbox.url}/admin/clock`, { method: 'POST', body: '{"advance":"30d"}' });
  expect((await late).status).toBe(200);
  expect(sandbox.requests).toHaveLength(answered + 1);
});
