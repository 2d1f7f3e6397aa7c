/** The four corners of a frame, in the order in which one goes round. */
export const CORNERS = ["bottom-right", "bottom-left", "top-left", "top-right"] as const;
export type Corner = (typeof CORNERS)[number];

export const nextCorner = (corner: Corner): Corner => CORNERS[(CORNERS.indexOf(corner) + 1) % CORNERS.length] ?? "bottom-right";

/** The corner of `frame` that the point is nearest to. */
export function cornerAt(x: number, y: number, frame: { left: number; top: number; width: number; height: number }): Corner {
  const isLeft = x < frame.left + frame.width / 2;
  const isTop = y < frame.top + frame.height / 2;
  return isTop ? (isLeft ? "top-left" : "top-right") : isLeft ? "bottom-left" : "bottom-right";
}
