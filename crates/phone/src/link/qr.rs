//! The QR code of a link (ISO/IEC 18004), drawn as SVG and as PNG.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Modules that must stay light around a code (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

/// Pixels of a module in the PNG: sharp on paper, and the largest code stays below 2,000 pixels a side.
const SCALE: usize = 10;

/// Bytes in the largest code, version 40 with 7 % redundancy (ISO/IEC 18004 table 7).
const MAX_TEXT: usize = 2953;

/// Whether a text fits into a code; nothing is drawn to know it.
pub(crate) fn fits(text: &str) -> bool {
    text.len() <= MAX_TEXT
}

/// The dark modules of a code.
pub(crate) struct Code {
    /// Modules a side.
    side: usize,
    dark: Vec<bool>,
}

impl Code {
    /// With 15 % redundancy, or 7 % where the text is too long for that; nothing where it is longer than [`MAX_TEXT`].
    pub(crate) fn of(text: &str) -> Option<Self> {
        let levels = fits(text).then_some([EcLevel::M, EcLevel::L])?;
        let code = levels.into_iter().find_map(|level| QrCode::with_error_correction_level(text, level).ok())?;
        let side = code.width();
        Some(Self { side, dark: code.into_colors().into_iter().map(|color| color == Color::Dark).collect() })
    }

    /// With the margin.
    fn whole(&self) -> usize {
        self.side + 2 * QUIET
    }

    /// Black on white in any colour scheme: readers expect it. One path, a run of modules at a time.
    pub(crate) fn svg(&self) -> String {
        let mut path = String::new();
        for (y, row) in self.dark.chunks(self.side).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len());
                }
                x += run.len();
            }
        }
        let whole = self.whole();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" width=\"{0}\" height=\"{0}\" \
             shape-rendering=\"crispEdges\"><title>QR code of a call link</title>\
             <path fill=\"#fff\" d=\"M0 0h{whole}v{whole}H0z\"/><path d=\"{path}\"/></svg>\n",
            whole * SCALE
        )
    }

    /// One bit a pixel.
    pub(crate) fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let pixels = self.whole() * SCALE;
        let wide = u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, wide, wide);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rows(pixels))?;
        writer.finish()?;
        Ok(file)
    }

    /// Rows of the PNG, each padded to whole bytes; a set bit is white.
    fn rows(&self, pixels: usize) -> Vec<u8> {
        let row_bytes = pixels.div_ceil(8);
        let mut rows = Vec::with_capacity(row_bytes * pixels);
        for y in 0..self.whole() {
            let mut row = vec![0xff; row_bytes];
            for x in (0..pixels).filter(|x| self.is_dark(x / SCALE, y)) {
                row[x / 8] &= !(0x80 >> (x % 8));
            }
            rows.extend(std::iter::repeat_n(row, SCALE).flatten());
        }
        rows
    }

    /// With the margin counted.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = QUIET..QUIET + self.side;
        inside.contains(&x) && inside.contains(&y) && self.dark[(y - QUIET) * self.side + x - QUIET]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://calls.example.org/call/15559020077?biz_payload=campaign%3Dspring%26v%3D2";

    /// What a reader that shares no code with the writer sees in a picture of so many pixels a side.
    fn read(pixels: usize, dark: impl Fn(usize, usize) -> bool) -> String {
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(pixels, pixels, |x, y| if dark(x, y) { 0 } else { 255 });
        let found = picture.detect_grids();
        assert_eq!(found.len(), 1, "one code");
        found[0].decode().unwrap().1
    }

    fn read_png(file: &[u8]) -> String {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut bits = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut bits).unwrap();
        assert_eq!(frame.bit_depth, png::BitDepth::One);
        read(frame.width as usize, |x, y| bits[y * frame.line_size + x / 8] & (0x80 >> (x % 8)) == 0)
    }

    /// The runs of the path, painted.
    fn read_svg(svg: &str) -> String {
        let side: usize = svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let path = svg.rsplit("d=\"").next().unwrap().split('"').next().unwrap();
        let mut dark = vec![false; side * side];
        for run in path.split('z').filter(|run| !run.is_empty()) {
            let (at, size) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y, length): (usize, usize, usize) =
                (x.parse().unwrap(), y.parse().unwrap(), size.split('v').next().unwrap().parse().unwrap());
            dark[y * side + x..][..length].fill(true);
        }
        read(side * 4, |x, y| dark[y / 4 * side + x / 4])
    }

    #[test]
    fn a_foreign_reader_reads_both_pictures() {
        for text in [LINK.to_owned(), format!("{LINK}{}", "%C3%A9".repeat(120))] {
            let code = Code::of(&text).unwrap();
            assert_eq!(read_png(&code.png().unwrap()), text);
            assert_eq!(read_svg(&code.svg()), text);
        }
    }

    #[test]
    fn what_fits_no_code_is_none() {
        assert!(Code::of(&"a".repeat(2953)).is_some(), "the largest: version 40 with 7 %");
        assert!(Code::of(&"a".repeat(2954)).is_none());
    }
}
