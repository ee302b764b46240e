/** Which part of a picture is looked at. */

/** A rectangle of a picture, in its pixels. */
export interface Region {
  /** Left edge. */
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  /** How wide. */
  readonly width: number;
  /** How high. */
  readonly height: number;
}

/** Width and height. */
export interface Size {
  /** How wide. */
  readonly width: number;
  /** How high. */
  readonly height: number;
}

/** Return the part of a picture that a box shows which it covers (`object-fit: cover`), enlarged `zoom` times. */
export function shownRegion(picture: Size, box: Size, zoom = 1): Region {
  const scale = Math.max(box.width / picture.width, box.height / picture.height) * zoom;
  return middleRegion(picture, { width: box.width / scale, height: box.height / scale });
}

/** Return the middle of a region, `share` of it in each direction. */
export function middleOf(region: Region, share: number): Region {
  const inner = middleRegion(region, { width: region.width * share, height: region.height * share });
  return { ...inner, x: region.x + inner.x, y: region.y + inner.y };
}

/** Return the size of a picture made so small that its longer side is at most `longest`; none is enlarged. */
export function fitted({ width, height }: Size, longest: number): Size {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function middleRegion(outer: Size, { width, height }: Size): Region {
  return { x: (outer.width - width) / 2, y: (outer.height - height) / 2, width, height };
}
