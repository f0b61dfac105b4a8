"""From a blank form to its spec: the workbook (blank), its boxes and labels (boxes), what they ask (clues), names (keys)."""
