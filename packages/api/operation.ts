import { operationKinds, operationStates, stepKinds, stepStates, subjectKinds } from '@cello/model'
import { z } from 'zod'
import { PageQuery, pageOf, QueryFlag, Timestamp } from './page.ts'
import { route } from './route.ts'

/** Why an operation or a step failed. */
export const Failure = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string(),
  /** The end of the log of the node that it is about. */
  lastLines: z.array(z.string()).optional(),
})
export type Failure = z.output<typeof Failure>

export const PlannedStep = z.object({
  kind: z.enum(stepKinds),
  key: z.string(),
  /** Steps that come before, as `kind/key`. */
  needs: z.array(z.string()),
  title: z.string(),
})
export type PlannedStep = z.output<typeof PlannedStep>

export const Step = PlannedStep.extend({
  state: z.enum(stepStates),
  attempts: z.int(),
  startedAt: Timestamp.optional(),
  endedAt: Timestamp.optional(),
  error: Failure.optional(),
  /** Of a step that moves many bytes: how far it is. */
  progress: z.object({ bytesDone: z.int(), bytesTotal: z.int().optional() }).optional(),
})
export type Step = z.output<typeof Step>

/** Something refused, left behind because a ledger cannot undo it, or waited for. */
export const Note = z.object({
  kind: z.enum(['refused', 'residue', 'waiting']),
  subject: z.string(),
  message: z.string(),
  next: z.string().optional(),
})
export type Note = z.output<typeof Note>

/** What a change would do. Empty `steps`: nothing is left to be done. */
export const PlanPreview = z.object({ steps: z.array(PlannedStep), notes: z.array(Note) })
export type PlanPreview = z.output<typeof PlanPreview>

/** A recorded change, in progress or done. */
export const Operation = z.object({
  id: z.string(),
  kind: z.enum(operationKinds),
  state: z.enum(operationStates),
  /** What it changes, by the name that it had. */
  subject: z.object({ kind: z.enum(subjectKinds), id: z.string(), name: z.string() }),
  /** The wanted generation of a network that it makes true; 0 for a host. */
  generation: z.int(),
  actor: z.string(),
  createdAt: Timestamp,
  endedAt: Timestamp.optional(),
  error: Failure.optional(),
  notes: z.array(Note),
  steps: z.array(Step),
})
export type Operation = z.output<typeof Operation>

/** One event of an operation's stream. `id` of the stream is `seq`. */
export const OperationEvent = z.object({
  seq: z.int(),
  operationId: z.string(),
  at: Timestamp,
  kind: z.enum(['planned', 'step', 'state']),
  state: z.enum(operationStates),
  step: Step.optional(),
  error: Failure.optional(),
})
export type OperationEvent = z.output<typeof OperationEvent>

export const operationRoutes = {
  list: route({
    method: 'GET',
    path: '/operations',
    summary: 'List operations, newest first',
    permission: 'operations:read',
    query: PageQuery.extend({
      /** Id or name of a network. */
      network: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
        .optional(),
      /** Id or name of a host; not together with a network. */
      host: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
        .optional(),
      /** Only those that go on, wait or have failed. */
      open: QueryFlag.optional(),
    }),
    reply: pageOf(Operation),
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  get: route({
    method: 'GET',
    path: '/operations/{operation}',
    summary: 'Read one operation with its steps',
    permission: 'operations:read',
    reply: Operation,
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  cancel: route({
    method: 'POST',
    path: '/operations/{operation}/cancel',
    summary: 'Stop working on an operation; what was wanted stays wanted',
    permission: 'operations:write',
    reply: Operation,
    status: 200,
    errors: ['NOT_FOUND', 'OPERATION_ENDED'],
    since: '0.1.0',
  }),
  retry: route({
    method: 'POST',
    path: '/operations/{operation}/retry',
    summary: 'Go on with a failed operation',
    permission: 'operations:write',
    reply: Operation,
    status: 202,
    errors: ['NOT_FOUND', 'OPERATION_ENDED'],
    since: '0.1.0',
  }),
  events: route({
    method: 'GET',
    path: '/operations/{operation}/events',
    summary: 'Follow one operation until it ends; goes on after Last-Event-ID',
    permission: 'operations:read',
    events: OperationEvent,
    status: 200,
    errors: ['NOT_FOUND'],
    since: '0.1.0',
  }),
  allEvents: route({
    method: 'GET',
    path: '/events',
    summary: 'Follow all operations; goes on after Last-Event-ID, or from now',
    permission: 'operations:read',
    events: OperationEvent,
    status: 200,
    errors: [],
    since: '0.1.0',
  }),
} as const
