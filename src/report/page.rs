//! A document as a page that needs nothing else: style, script, font and figures
//! are parts of it.

use super::block::{Block, Document, Target};
use super::font;
use super::html::Html;
use crate::figures::{escape, page::dark_css};

const STYLE: [&str; 3] = [
    include_str!("style.css"),
    include_str!("style_figures.css"),
    include_str!("style_print.css"),
];
const SCRIPT: [&str; 2] = [include_str!("page.js"), include_str!("figures.js")];

/// A page, as others link to it.
pub(super) struct Entry {
    /// Name of its folder.
    pub folder: String,
    /// The question that it answers.
    pub question: String,
}

/// The whole of a page; `others` are all pages of experiments.
pub(super) fn page(document: &Document, others: &[Entry]) -> String {
    let html = Html {
        folder: document.folder.as_deref(),
    };
    let contents = contents(document, &html, others);
    let where_it_is = match &document.folder {
        Some(folder) => format!(
            "<p class=\"where\"><a href=\"{}\">All results</a> / {}</p>\n",
            html.to(&Target::Start),
            escape(folder)
        ),
        None => String::new(),
    };
    format!(
        "{}<body id=\"top\">\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n\
         <nav class=\"menu\" aria-label=\"Contents\"><details><summary>Contents</summary>\n\
         {contents}</details></nav>\n\
         <div class=\"columns\">\n<nav class=\"side\" aria-label=\"Contents\">\n{contents}</nav>\n\
         <main id=\"content\" tabindex=\"-1\">\n{where_it_is}{}</main>\n</div>\n\
         <script>\n'use strict';\n{}</script>\n</body>\n</html>\n",
        head(document),
        html.blocks(&document.blocks),
        SCRIPT.concat()
    )
}

fn head(document: &Document) -> String {
    let pictures = pictures(&document.blocks);
    let (fonts, dark) = (font::faces(&pictures), dark_css(pictures.iter().copied()));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{}</title>\n<style>\n{}@media screen and (prefers-color-scheme: dark) {{\n:root {{\n{}}}\n}}\n{fonts}</style>\n</head>\n",
        escape(&document.title),
        STYLE.concat(),
        dark
    )
}

/// The pictures that are parts of the page.
fn pictures(blocks: &[Block]) -> Vec<&str> {
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Figure(figure) => found.extend(figure.inline.iter().map(|it| it.svg.as_str())),
            Block::Details { blocks, .. } => found.extend(pictures(blocks)),
            _ => {}
        }
    }
    found
}

/// Links to the headings of the page, and to the other pages.
fn contents(document: &Document, html: &Html<'_>, others: &[Entry]) -> String {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for block in &document.blocks {
        let Block::Heading { level, id, text } = block else {
            continue;
        };
        let link = format!("<a href=\"#{}\">{}</a>", escape(id), escape(&text.words()));
        match (level, sections.last_mut()) {
            (2, _) => sections.push((link, Vec::new())),
            (3, Some((_, parts))) => parts.push(link),
            _ => {}
        }
    }
    let parts = |parts: &[String]| match parts.is_empty() {
        true => String::new(),
        false => format!("<ul><li>{}</li></ul>", parts.join("</li><li>")),
    };
    let sections = sections.iter();
    let sections = sections.map(|(link, inside)| format!("<li>{link}{}</li>\n", parts(inside)));
    let pages = others.iter().map(|other| {
        let is_this = document.folder.as_ref() == Some(&other.folder);
        let current = if is_this {
            " aria-current=\"page\""
        } else {
            ""
        };
        let to = html.to(&Target::Experiment(other.folder.clone()));
        let (name, question) = (escape(&other.folder), escape(&other.question));
        format!("<li><a href=\"{to}\" title=\"{question}\"{current}>{name}</a></li>\n")
    });
    format!(
        "<ul>\n{}</ul>\n<p>Experiments</p>\n<ul>\n{}</ul>\n\
         <p class=\"up\"><a href=\"#top\">Back to the top</a></p>\n",
        sections.collect::<String>(),
        pages.collect::<String>()
    )
}
