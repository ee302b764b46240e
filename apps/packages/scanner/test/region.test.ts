import { expect, test } from "vitest";

import { fitted, middleOf, shownRegion } from "../src/region.js";

test("a square shows the middle of a wide picture, and less of it the nearer it is", () => {
  const wide = { width: 640, height: 480 };
  const box = { width: 300, height: 300 };
  expect(shownRegion(wide, box)).toEqual({ x: 80, y: 0, width: 480, height: 480 });
  expect(shownRegion(wide, box, 2)).toEqual({ x: 200, y: 120, width: 240, height: 240 });
});

test("a tall box shows the middle of a wide picture at its full height", () => {
  expect(shownRegion({ width: 1920, height: 1080 }, { width: 100, height: 200 })).toEqual({
    ...{ x: 690, y: 0, width: 540, height: 1080 },
  });
});

test("the middle of a region keeps its place", () => {
  expect(middleOf({ x: 80, y: 10, width: 480, height: 400 }, 0.5)).toEqual({ x: 200, y: 110, width: 240, height: 200 });
});

test("pictures are made smaller, never larger", () => {
  expect(fitted({ width: 4000, height: 3000 }, 1600)).toEqual({ width: 1600, height: 1200 });
  expect(fitted({ width: 3, height: 30_000 }, 1600)).toEqual({ width: 1, height: 1600 });
  expect(fitted({ width: 100, height: 50 }, 1600)).toEqual({ width: 100, height: 50 });
});
