/** By what names the shipped rules and pretend Asana know people, and the zone in which they are told times. */
export const NAMES: Record<string, string> = {
  anna: 'Anna Nowak',
  piotr: 'Piotr Zieliński',
  ewa: 'Ewa Wójcik',
  olena: 'Olena Kovalenko',
};
export const ZONE = 'Europe/Warsaw';
