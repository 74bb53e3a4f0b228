//! Figures as parts of pages, and which of them a page has room for.

use std::collections::BTreeMap;
use std::path::Path;

use super::block::Picture;
use crate::figures::{FigureError, page};
use crate::lab::Lab;

/// Bytes of pictures on one page, at most: with all else on it, a page stays below
/// 1.5 MB.
const ROOM: usize = 1_150_000;

/// The figures of all experiments, by folder and name.
#[derive(Default)]
pub(super) struct All(BTreeMap<(String, String), page::Inline>);

impl All {
    /// Adds the figures in `dir`, the folder of the experiment `folder`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn read(&mut self, lab: &Lab, dir: &Path, folder: &str) -> Result<(), FigureError> {
        for inline in page::inline(lab, dir)? {
            let name = inline.caption.name.clone();
            self.0.insert((folder.to_owned(), name), inline);
        }
        Ok(())
    }

    /// For a page that is still empty.
    pub fn for_a_page(&self) -> Pictures<'_> {
        Pictures {
            all: self,
            room: ROOM,
        }
    }

    /// For a document that holds no pictures.
    pub fn for_text(&self) -> Pictures<'_> {
        Pictures { all: self, room: 0 }
    }
}

/// The figures that a page still has room for. The others are shown as the files
/// that they are.
pub(super) struct Pictures<'a> {
    all: &'a All,
    room: usize,
}

impl Pictures<'_> {
    /// The figure, if it can be a part of the page.
    pub fn take(&mut self, folder: &str, name: &str) -> Option<Picture> {
        let found = self.all.0.get(&(folder.to_owned(), name.to_owned()))?;
        let room = self.room.checked_sub(found.svg.len() + found.data.len())?;
        self.room = room;
        Some(Picture {
            svg: found.svg.clone(),
            data: found.data.clone(),
        })
    }
}
