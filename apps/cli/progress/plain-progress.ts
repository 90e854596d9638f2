import type { Step } from '@cello/api'
import type { TextStream } from '../cli.ts'
import { took } from '../output/words.ts'
import type { Progress } from './progress.ts'
import { stepId } from './step-tree.ts'

/** A line for each step that ends, and for each try that fails: for logs and pipes. */
export function plainProgress(stream: TextStream): Progress {
  const told = new Set<string>()
  return {
    show({ steps }) {
      for (const step of steps) {
        const line = lineOf(step)
        const key = `${stepId(step)} ${step.state} ${step.attempts}`
        if (line === undefined || told.has(key)) continue
        told.add(key)
        stream.write(`${line}\n`)
      }
    },
    [Symbol.dispose]() {},
  }
}

function lineOf(step: Step): string | undefined {
  if (step.state === 'done') return `done    ${step.title} (${took(step.startedAt, step.endedAt) ?? 'at once'})`
  if (step.state === 'failed') return `failed  ${step.title}: ${step.error?.message ?? 'no reason was given'}`
  if (step.state === 'pending' && step.error)
    return `again   ${step.title} (try ${step.attempts}): ${step.error.message}`
  return undefined
}
