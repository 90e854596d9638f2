import type { HostStepKind, InstallFabricRequest, ObservedRelease, StepProgress } from '@cello/model'

/** A release that is wanted on a host, by one operation. */
export interface HostTask {
  /** Steps of one operation hand over by it what lies between them. */
  readonly operationId: string
  readonly request: InstallFabricRequest
}

/**
 * The acts on a host that are about no network: releases of Hyperledger Fabric, fetched, judged and put into its cache. Each may
 * be done again, after a crash or a lost answer.
 */
export interface HostWork {
  /** Looks, and changes nothing. */
  observe(task: HostTask): Promise<ObservedRelease>
  /** Makes one step true. Rejects with the signal's reason when that fires, after the step has ended. @throws PlatformError */
  act(
    step: Exclude<HostStepKind, 'choose-release'>,
    task: HostTask,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: StepProgress) => void },
  ): Promise<void>
  /** No more comes of the operation for now: what only this process knew of it goes, and what it left half made. */
  release(operationId: string): Promise<void>
}
