import type { Operation, Step } from '@cello/api'
import type { TextStream } from '../cli.ts'
import { paint } from '../output/paint.ts'
import { progressText, took } from '../output/words.ts'
import { type StepGroup, stepGroups } from './step-tree.ts'

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** Steps shown below a group that runs; the others are counted. */
const activeShown = 5
const titleWidth = 22

/** The picture of an operation at one moment, a line each, no wider than the terminal. */
export function treeLines(operation: Operation, stream: TextStream, frame: number): string[] {
  // One less: what fills a line to its end takes two on some terminals.
  const width = (stream.columns || 80) - 1
  return stepGroups(operation.steps).flatMap((group) => groupLines(group, stream, frame, width))
}

function groupLines(group: StepGroup, stream: TextStream, frame: number, width: number): string[] {
  const count = group.total > 1 ? `${group.done} of ${group.total}` : ''
  const time = took(group.startedAt, group.endedAt) ?? ''
  const text = `${group.title.padEnd(titleWidth)} ${count.padEnd(9)} `
  const head = `${symbol(group.state, stream, frame)} ${clip(text, width - 2)}${paint(stream, 'dim', clip(time, width - 2 - text.length))}`
  if (group.state === 'done' || group.state === 'pending') return [head]
  const shown = group.active.slice(0, activeShown).map((step) => stepLine(step, stream, frame, width))
  const hidden = group.active.length - activeShown
  return [head, ...shown, ...(hidden > 0 ? [paint(stream, 'dim', clip(`      and ${hidden} more`, width))] : [])]
}

function stepLine(step: Step, stream: TextStream, frame: number, width: number): string {
  const state = step.state === 'pending' ? 'pending' : step.state === 'failed' ? 'failed' : 'running'
  const tries = step.attempts > 1 ? ` (try ${step.attempts})` : ''
  const trouble = step.error ? `: ${step.error.message}` : ''
  const time = step.state === 'running' ? ` ${took(step.startedAt, undefined) ?? ''}` : ''
  const amount = step.progress && step.state === 'running' ? ` ${progressText(step.progress)}` : ''
  const text = clip(`${step.title}${tries}${trouble}${amount}${time}`.replaceAll(/\s+/g, ' '), width - 6)
  return `    ${symbol(state, stream, frame)} ${paint(stream, state === 'failed' ? 'red' : 'dim', text)}`
}

function symbol(state: StepGroup['state'], stream: TextStream, frame: number): string {
  switch (state) {
    case 'done':
      return paint(stream, 'green', '✔')
    case 'failed':
      return paint(stream, 'red', '✖')
    case 'running':
      return paint(stream, 'cyan', spinner[frame % spinner.length] ?? '·')
    case 'pending':
      return paint(stream, 'dim', '·')
  }
}

function clip(line: string, width: number): string {
  if (line.length <= width) return line
  return width > 0 ? `${line.slice(0, width - 1)}…` : ''
}
