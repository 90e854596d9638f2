/** Loaded before each test file where CELLO_PROPERTY_SEED is set: every property is tried with what fast-check makes of it. */
import * as fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['CELLO_PROPERTY_SEED']) })
