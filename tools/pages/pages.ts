import { changePage } from './change-page.ts'
import { errorPage } from './error-page.ts'
import { statePage } from './state-page.ts'

/** The pages that are made from code: path from the root → what it must hold. */
export const madePages: Readonly<Record<string, () => string>> = {
  'docs/changes.md': changePage,
  'docs/errors.md': errorPage,
  'docs/states.md': statePage,
}
