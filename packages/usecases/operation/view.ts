import type { OperationSubject, Plan, StepProgress } from '@cello/model'
import type { OperationError, OperationEvent, OperationRecord, StepRecord } from '@cello/ports'
import { moment, momentOf } from '../moment.ts'

export interface FailureView {
  code: string
  message: string
  next: string
  lastLines?: string[] | undefined
}

export interface PlannedStepView {
  kind: StepRecord['kind']
  key: string
  needs: string[]
  title: string
}

export interface StepView extends PlannedStepView {
  state: StepRecord['state']
  attempts: number
  startedAt?: string | undefined
  endedAt?: string | undefined
  error?: FailureView | undefined
  progress?: StepProgress | undefined
}

export interface NoteView {
  kind: 'refused' | 'residue' | 'waiting'
  subject: string
  message: string
  next?: string | undefined
}

export interface PlanView {
  steps: PlannedStepView[]
  notes: NoteView[]
}

export interface OperationView {
  id: string
  kind: OperationRecord['kind']
  state: OperationRecord['state']
  subject: OperationSubject
  generation: number
  actor: string
  createdAt: string
  endedAt?: string | undefined
  error?: FailureView | undefined
  notes: NoteView[]
  steps: StepView[]
}

export interface OperationEventView {
  seq: number
  operationId: string
  at: string
  kind: OperationEvent['kind']
  state: OperationRecord['state']
  step?: StepView | undefined
  error?: FailureView | undefined
}

export function viewOperation(record: OperationRecord): OperationView {
  return {
    id: record.id,
    kind: record.kind,
    state: record.state,
    subject: record.subject,
    generation: record.generation,
    actor: record.actor,
    createdAt: moment(record.createdAt),
    endedAt: momentOf(record.endedAt),
    error: viewFailure(record.error),
    notes: [...record.notes],
    steps: record.steps.map(viewStep),
  }
}

export function viewPlan(plan: Plan): PlanView {
  return { steps: plan.steps.map(viewPlannedStep), notes: [...plan.notes] }
}

export function viewEvent(event: OperationEvent): OperationEventView {
  return {
    seq: event.seq,
    operationId: event.operationId,
    at: moment(event.at),
    kind: event.kind,
    state: event.state,
    step: event.step && viewStep(event.step),
    error: viewFailure(event.error),
  }
}

function viewStep(step: StepRecord): StepView {
  return {
    ...viewPlannedStep(step),
    state: step.state,
    attempts: step.attempts,
    startedAt: momentOf(step.startedAt),
    endedAt: momentOf(step.endedAt),
    error: viewFailure(step.error),
    progress: step.progress,
  }
}

function viewPlannedStep(step: Plan['steps'][number]): PlannedStepView {
  return { kind: step.kind, key: step.key, needs: [...step.needs], title: step.title }
}

function viewFailure(error: OperationError | undefined): FailureView | undefined {
  return error && { ...error, lastLines: error.lastLines ? [...error.lastLines] : undefined }
}
