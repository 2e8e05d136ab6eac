/** Which page an address leads to. */
import { alarmPage, alarmsPage } from './pages/alarms.ts'
import { auditPage, eventPage } from './pages/audit.ts'
import { capitalPage } from './pages/capital.ts'
import { cellPage } from './pages/cell.ts'
import { claimsPage } from './pages/claims.ts'
import { dataPage, datasetPage } from './pages/data.ts'
import { differencePage } from './pages/difference.ts'
import { experimentsPage, runPage } from './pages/experiments.ts'
import { featureSetPage, featuresPage } from './pages/features.ts'
import { lineagePage } from './pages/lineage.ts'
import { modelPage, modelsPage } from './pages/models.ts'
import { overviewPage } from './pages/overview.ts'
import { predictionPage, predictionsPage } from './pages/predictions.ts'
import { page } from './parts.ts'
import { SECTIONS } from './sections.ts'
import type { Make } from './view.ts'
import type { Where } from './where.ts'

/** By the first name of the path, and how many names follow it. */
const PAGES: Readonly<Record<string, readonly [least: number, make: Make][]>> = {
  '': [[0, overviewPage]],
  alarms: [
    [0, alarmsPage],
    [1, alarmPage],
  ],
  models: [
    [0, modelsPage],
    [1, modelPage],
  ],
  capital: [[0, capitalPage]],
  predictions: [
    [0, predictionsPage],
    [1, predictionPage],
  ],
  experiments: [
    [0, experimentsPage],
    [1, runPage],
    [2, differencePage],
  ],
  features: [
    [0, featuresPage],
    [1, featureSetPage],
    [3, cellPage],
  ],
  data: [
    [0, dataPage],
    [1, datasetPage],
  ],
  lineage: [[0, lineagePage]],
  claims: [[0, claimsPage]],
  audit: [
    [0, auditPage],
    [1, eventPage],
  ],
}

const nowhere: Make = async ({ where }) => ({
  element: page('No such page', `There is no page ${where.path.join('/')}. The pages are listed beside.`),
  at: null,
})

export function pageFor({ path }: Where): Readonly<{ title: string; at: string; make: Make }> {
  const [section = '', ...names] = path
  const own = Object.hasOwn(PAGES, section) ? PAGES[section] : []
  const [, make = nowhere] = own.findLast(([least]) => names.length >= least) ?? []
  const title = SECTIONS.find((one) => one.path === section)?.title ?? 'No such page'
  return { title: names.length > 0 ? names.join(' / ') : title, at: section, make }
}
