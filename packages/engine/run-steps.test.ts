import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '@cello/model'
import { runSteps, type StepRunner } from './run-steps.ts'

const step = (key: string, ...needs: string[]): Step => ({
  kind: 'ensure-node',
  key,
  title: key,
  needs: needs.map((need) => `ensure-node/${need}`),
})

/** A runner that writes down what it is told, and does for each key what the test says. */
function recorder(
  acts: Record<string, (signal: AbortSignal) => Promise<void> | void> = {},
  change: Partial<StepRunner> = {},
) {
  const told: string[] = []
  const runner: StepRunner = {
    began: async ({ key }) => void told.push(`began ${key}`),
    act: async ({ key }, signal) => acts[key]?.(signal),
    ended: async ({ key }, failure) => void told.push(`${failure ? 'failed' : 'ended'} ${key}`),
    ...change,
  }
  return { told, runner }
}

const free = () => ({ signal: new AbortController().signal, concurrency: 8 })

function gate() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { open: resolve, fail: reject, wait: () => promise }
}

const soon = () => new Promise(setImmediate)

test('a step begins when all that it needs have ended, and those that need nothing run side by side', async () => {
  const [a, b] = [gate(), gate()]
  const { told, runner } = recorder({ a: a.wait, b: b.wait })
  const run = runSteps([step('a'), step('b'), step('c', 'a', 'b'), step('d', 'b')], runner, free())
  await soon()
  assert.deepEqual(told, ['began a', 'began b'])
  b.open()
  await soon()
  assert.deepEqual(told.slice(2), ['ended b', 'began d', 'ended d'])
  a.open()
  assert.deepEqual(await run, [])
  assert.deepEqual(told.slice(5), ['ended a', 'began c', 'ended c'])
})

test('no more than so many steps run at once', async () => {
  let [running, most] = [0, 0]
  const act = async () => {
    most = Math.max(most, ++running)
    await soon()
    running -= 1
  }
  const { told, runner } = recorder({}, { act })
  const steps = Array.from({ length: 10 }, (_, index) => step(`s${index}`))
  await runSteps(steps, runner, { ...free(), concurrency: 3 })
  assert.equal(most, 3)
  assert.equal(told.filter((line) => line.startsWith('ended')).length, 10)
})

test('a need that is not planned counts as done, and an empty plan ends at once', async () => {
  const { told, runner } = recorder()
  assert.deepEqual(await runSteps([step('a', 'long-done')], runner, free()), [])
  assert.deepEqual(told, ['began a', 'ended a'])
  assert.deepEqual(await runSteps([], runner, free()), [])
})

test('a failure takes those that need it with it, and no others', async () => {
  const broken = new Error('broken')
  const { told, runner } = recorder({ a: () => Promise.reject(broken) })
  const steps = [step('a'), step('b', 'a'), step('c', 'b'), step('d'), step('e', 'd')]
  const failures = await runSteps(steps, runner, free())
  assert.deepEqual(failures, [{ step: steps[0], error: broken }])
  assert.ok(told.includes('failed a') && told.includes('ended d') && told.includes('ended e'))
  assert.ok(!told.includes('began b') && !told.includes('began c'))
})

test('when the signal fires the running steps are waited for, nothing new begins, and the run rejects with its reason', async () => {
  const stopping = new AbortController()
  const a = gate()
  const { told, runner } = recorder({ a: a.wait })
  const run = runSteps([step('a'), step('b', 'a'), step('c')], runner, { signal: stopping.signal, concurrency: 1 })
  let isOver = false
  const over = run.catch((error: unknown) => error).finally(() => (isOver = true))
  await soon()
  stopping.abort(new Error('enough'))
  await soon()
  assert.equal(isOver, false, 'a still runs')
  a.open()
  assert.match(String(await over), /enough/)
  assert.deepEqual(told, ['began a', 'ended a'])
})

test('a step that ends by the signal leaves no failure in the journal', async () => {
  const stopping = new AbortController()
  const untilStopped = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const { told, runner } = recorder({ a: untilStopped })
  const run = runSteps([step('a')], runner, { signal: stopping.signal, concurrency: 1 })
  await soon()
  stopping.abort(new Error('enough'))
  await assert.rejects(run, /enough/)
  assert.deepEqual(told, ['began a'])
})

test('a journal that cannot be written ends the run: nothing is done that is not written down', async () => {
  const full = () => Promise.reject(new Error('disk full'))
  const before = recorder({}, { began: full })
  let acts = 0
  const act = async () => void (acts += 1)
  await assert.rejects(runSteps([step('a'), step('b', 'a')], { ...before.runner, act }, free()), /disk full/)
  assert.equal(acts, 0)
  const acted: string[] = []
  const after = recorder({}, { ended: full, act: async ({ key }) => void acted.push(key) })
  await assert.rejects(runSteps([step('a'), step('b', 'a')], after.runner, free()), /disk full/)
  assert.deepEqual(acted, ['a'])
})

test('the end of a step and the beginning of the next are told in one turn, and acted on once both are written', async () => {
  const [end, begin] = [gate(), gate()]
  const { told, runner } = recorder()
  const acted: string[] = []
  const run = runSteps(
    [step('a'), step('b', 'a')],
    {
      began: async (next) => (await runner.began(next), next.key === 'b' ? begin.wait() : undefined),
      act: async ({ key }) => void acted.push(key),
      ended: async (done) => (await runner.ended(done), done.key === 'a' ? end.wait() : undefined),
    },
    free(),
  )
  await soon()
  assert.deepEqual(told, ['began a', 'ended a', 'began b'])
  begin.open()
  await soon()
  assert.deepEqual(acted, ['a'], 'the end of a is not written yet')
  end.open()
  assert.deepEqual(await run, [])
  assert.deepEqual(acted, ['a', 'b'])
})

test('after a failure of the journal the run ends only when the other running steps have', async () => {
  const b = gate()
  const { runner } = recorder(
    { b: b.wait },
    { began: ({ key }) => (key === 'a' ? Promise.reject(new Error('disk full')) : Promise.resolve()) },
  )
  let isOver = false
  const run = runSteps([step('a'), step('b')], runner, free())
  const over = run.catch((error: unknown) => error).finally(() => (isOver = true))
  await soon()
  assert.equal(isOver, false, 'b still runs')
  b.open()
  assert.match(String(await over), /disk full/)
})

test('when the signal fires a step that ends by it does not end the run before one that does not heed it', async () => {
  const stopping = new AbortController()
  const b = gate()
  const untilStopped = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const { told, runner } = recorder({ a: untilStopped, b: b.wait })
  let isOver = false
  const run = runSteps([step('a'), step('b')], runner, { signal: stopping.signal, concurrency: 2 })
  const over = run.catch((error: unknown) => error).finally(() => (isOver = true))
  await soon()
  stopping.abort(new Error('enough'))
  await soon()
  assert.equal(isOver, false, 'b still runs')
  b.open()
  assert.match(String(await over), /enough/)
  assert.ok(told.includes('ended b'))
})

test('a step that gives way begins when the others have ended, or rest', async () => {
  const [a, b] = [gate(), gate()]
  const { told, runner } = recorder()
  const waits: Record<string, () => Promise<void>> = { a: a.wait, b: b.wait }
  const resting: Record<string, () => void> = {}
  const acts: Partial<StepRunner> = {
    act: async ({ key }, _signal, rests): Promise<void> => {
      resting[key] = rests
      await waits[key]?.()
    },
    givesWay: ({ key }) => key.startsWith('late'),
  }
  const run = runSteps([step('late1'), step('a'), step('b'), step('late2', 'b')], { ...runner, ...acts }, free())
  await soon()
  assert.deepEqual(told, ['began a', 'began b'])
  resting['a']?.()
  resting['a']?.()
  await soon()
  assert.deepEqual(told.slice(2), [], 'b is still at work')
  b.open()
  await soon()
  assert.deepEqual(told.slice(2), ['ended b', 'began late1', 'began late2', 'ended late1', 'ended late2'])
  a.open()
  assert.deepEqual(await run, [])
  assert.equal(told.at(-1), 'ended a')
})

test('those that give way do not give way to each other, and what they free begins at once', async () => {
  const late = gate()
  const { told, runner } = recorder({ late1: late.wait })
  const givesWay: StepRunner['givesWay'] = ({ key }) => key.startsWith('late')
  const steps = [step('late1'), step('late2'), step('a', 'late2')]
  const run = runSteps(steps, { ...runner, givesWay }, free())
  await soon()
  assert.deepEqual(told, ['began late1', 'began late2', 'ended late2', 'began a', 'ended a'])
  late.open()
  assert.deepEqual(await run, [])
})
