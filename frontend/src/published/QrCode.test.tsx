import { render, screen } from "@testing-library/react";
import decode from "qr/decode.js";
import { expect, test } from "vitest";
import { QrCode } from "./QrCode";

const PIXELS = 4;

const ofLength = (bytes: number) => "https://pictures.example.test/i/".padEnd(bytes, "x");

test("the longest link that fits is drawn", () => {
  render(<QrCode link={ofLength(2331)} name="a.jpg" />);
  expect(screen.getByRole("img", { name: "QR code of the link to a.jpg" })).toBeTruthy();
});

test.each([
  ["one byte more", ofLength(2332)],
  ["4,000 characters", ofLength(4000)],
  ["fewer characters of more bytes each", ofLength(1000) + "京".repeat(600)],
])("a link that is too long for any code says so: %s", (_, link) => {
  render(<QrCode link={link} name="a.jpg" />);
  expect(screen.getByText(/too long for a QR code/)).toBeTruthy();
  expect(screen.queryByRole("img")).toBeNull();
});

test("a phone reads the link from the drawn code", () => {
  const link = "https://pictures.example.test/i/30d/6b1f8a52-77a4-4b2e-9e0e-3f6f0a8d2c11.jpg";
  render(<QrCode link={link} name="a.jpg" />);
  const svg = screen.getByRole("img", { name: "QR code of the link to a.jpg" });
  const modules = Number(svg.getAttribute("viewBox")?.split(" ")[2]);
  const [, dark] = svg.querySelectorAll("path");
  const side = modules * PIXELS;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y] of dark?.getAttribute("d")?.matchAll(/M(\d+) (\d+)h1v1h-1z/g) ?? []) {
    for (let row = 0; row < PIXELS; row++) {
      const start = ((Number(y) * PIXELS + row) * side + Number(x) * PIXELS) * 4;
      for (let at = start; at < start + PIXELS * 4; at += 4) data.set([0, 0, 0], at);
    }
  }
  expect(decode({ width: side, height: side, data })).toBe(link);
});
