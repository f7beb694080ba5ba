import type { Markup } from './markup';
import { markup } from './markup';

type Mood = 'passed' | 'missed' | 'plain';

export const tile = (caption: string, value: string | number, mood: Mood = 'plain'): Markup =>
  markup`<div class="tile"><b class="${mood}">${value}</b><span>${caption}</span></div>`;

/** A figure which was not measured keeps no objective. */
export const againstObjective = (value: number | null, objective: number): Mood =>
  value !== null && value <= objective ? 'passed' : 'missed';

export const countOf = (value: number | null): string | number => value ?? 'not measured';

export const verdict = (passed: boolean): Markup =>
  passed
    ? markup`<strong class="passed">passed</strong>`
    : markup`<strong class="missed">not passed</strong>`;

export const bulletList = (items: readonly Markup[]): Markup =>
  markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`;

export const titledList = (title: string, items: readonly string[]): Markup =>
  items.length === 0
    ? markup``
    : markup`<h3>${title}</h3>${bulletList(items.map((item) => markup`${item}`))}`;
