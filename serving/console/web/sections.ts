/** The pages that are listed beside every page. */

/** In the order in which they are listed: what is live first, what it comes from after it. */
export const SECTIONS = [
  { path: '', title: 'Overview' },
  { path: 'alarms', title: 'Alarms' },
  { path: 'models', title: 'Models' },
  { path: 'capital', title: 'Capital' },
  { path: 'predictions', title: 'Predictions' },
  { path: 'experiments', title: 'Experiments' },
  { path: 'features', title: 'Features' },
  { path: 'data', title: 'Data' },
  { path: 'lineage', title: 'Lineage' },
  { path: 'claims', title: 'Claims' },
  { path: 'audit', title: 'Audit log' },
] as const
